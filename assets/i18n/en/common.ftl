# Common
product-name = Xianglao
