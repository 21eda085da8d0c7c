# 长辈看的页面
public-skip = 跳到内容
public-size = 字大小
public-size-letter = 字
public-size-std = 标准字
public-size-large = 大字
public-size-xlarge = 特大字
public-theme-contrast = 看不清？换成黑底白字
public-theme-light = 换回白底黑字
public-other-language = English
public-bar = 常用
public-read = 念给我听
public-read-stop = 停下不念
public-call = 打给社区
public-home = 看社区安排
public-free = 活动都不收钱。
public-promise = 报名只要姓名和电话，不要身份证号、银行卡号、验证码。谁要，谁就是骗子。
public-desk = 服务台：
