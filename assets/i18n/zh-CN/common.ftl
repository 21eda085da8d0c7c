# 通用
product-name = 享老
