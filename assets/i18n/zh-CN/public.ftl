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

# 填错的时候
error-text-empty = 这里还没填
error-text-long = 太长了，最多 { $max } 个字
error-text-control = 里面有显示不出来的符号，请重新打一遍
error-name-empty = 请写上姓名
error-name-long = 姓名太长了，最多 { $max } 个字
error-name-control = 姓名里有显示不出来的符号，请重新打一遍
error-name-letters = 请写姓名，不要只写数字或表情
error-phone-empty = 请写上手机号
error-phone-digits = 手机号只能是数字，请再看一看
error-phone-short = 少了{ $missing }位，请再看一看
error-phone-long = 多了{ $extra }位，请再看一看
error-phone-start = 手机号是 1 开头的 11 位数字
error-phone-area = 座机请写上区号，比如 0374
error-grid-unknown = 没有这个网格
error-email-form = 邮箱写得不对，请再看一看
error-gender-unknown = 性别只能写 female、male，或者不写
error-birth-year-range = 出生年份在 1900 到 { $max } 之间

# 报不了名的时候
error-enrol-cancelled = 这一次不办了，报不了名
error-enrol-begun = 已经开始了，报不了名也取消不了
error-enrol-not-needed = 不用报名，直接来
error-enrol-queue-full = 排队的人太多了，请打电话问社区
