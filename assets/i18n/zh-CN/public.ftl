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
public-phone = 电话：

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

# 日子
day-today = 今天
day-tomorrow = 明天
day-after-tomorrow = 后天
day-yesterday = 昨天

# 一周
home-title = 社区安排
home-none = 这里还没有社区。
home-staff = 工作人员登录
week-title = 本周安排
week-jumps = 看哪一天
week-this = 本周
week-next-short = 下周
week-next = 下周
week-last = 上周
week-number = 第 { $n } 周
week-from-to = { $from } 到 { $to }
week-lunar = 农历{ $date }
week-festival-near = { $day }是{ $name }
week-festival-ahead = 再过 { $n } 天是{ $name }
week-count = 有 { $n } 场
week-holiday = { $name }，社区放假
week-holiday-until = { $name }，放假到{ $until }
week-make-up = 照常上班
week-day-empty = 这一天没有安排
week-empty = 这一周还没排
week-empty-ask = 问社区：
week-earlier = 这周前几天
week-back = 回到本周
week-go-previous = 看上一周
week-go-next = 看下一周
week-subscribe = 订到手机日历

# 一场活动
session-off = 这一次不办了
session-over = 这一场结束了
session-now = 正在进行
session-full = 位子满了，可以排队
session-just-come = 不用报名，直接来
session-left = 还剩|{ $n }|个位子
session-no-limit = 位子够，报个名就能来
session-queue = { $n ->
    [0] 还没有人排队。有人不来，马上打电话告诉您
   *[other] 前面有 { $n } 位在排队。有人不来，马上打电话告诉您
  }
session-sign-up = 我要报名
session-join-queue = 我要排队
session-number = 第 { $n } 讲
session-next = {" "}下一次是 { $when }。
session-moved-to = 改到{ $when }
session-moved-from = 改过时间，原来是{ $when }。
session-moved-place = 换了地方，原来在{ $venue }。
session-provisional = 暂定。放假安排公布以后再定下来。
session-reason-weather = 天气不好。
session-reason-facilitator-away = 老师有事来不了。
session-reason-venue-closed = 场地用不了。
session-reason-holiday = 放假停一次。
session-reason-too-few = 人太少了。
session-reason-emergency = 社区有急事。
session-reason-paused = 活动暂停。
session-back = 回到安排
session-what = 什么活动
session-when = 什么时候
session-where = 在哪儿
session-who = 谁来
session-any-seats = 还有位子吗
session-seats = 还剩 { $free } 个，一共 { $all } 个
session-about = 讲些什么
session-matters = 能办什么
session-bring = 要带什么
session-cost = 要花钱吗
session-free = 不要钱，也不卖东西
session-more-dates = 这个活动别的日子
programme-dates = 接下来的日子
programme-subscribe = 把这些日子记到手机日历

# 报名
sign-up-title = 填两样就行
sign-up-for-whom = 给谁报名？
sign-up-me = 我自己
sign-up-parent = 家里老人
sign-up-parent-more = 替爸妈报名
sign-up-parent-name = 老人姓名
sign-up-parent-phone = 老人电话
sign-up-parent-phone-hint = 没有可以不填，我们打给您
sign-up-name = 您的姓名
sign-up-phone = 您的手机号
sign-up-phone-hint = 11位数字，有变动好通知您
sign-up-promise = 不收钱。不要身份证号、银行卡号、验证码。姓名和电话只用来留位子、通知您，想删掉就打给社区。
sign-up-send = 确定报名
sign-up-by-phone = 不会填？打电话报
sign-up-wrong = 还有 { $n } 处要改
sign-up-short-name = 姓名
sign-up-short-phone = 手机号
sign-up-short-parent-name = 老人姓名
sign-up-short-parent-phone = 老人电话
sign-up-already = 您报过了，不用再报
sign-up-already-more = 想改想取消，打给社区，或者打开当时那一页。
sign-up-see-mine = 看我的报名
enrolment-in = 报上名了
enrolment-in-text = { $name }，您的位子留好了。
enrolment-queue = 排上队了
enrolment-queue-text = { $n ->
    [0] { $name }，您排在第一个。有位子了，我们马上打电话告诉您。
   *[other] { $name }，前面有 { $n } 位。有位子了，我们马上打电话告诉您。
  }
enrolment-out = 给您取消了
enrolment-out-text = 想来再报。
enrolment-again = 又想去了
enrolment-remind = 有变动，我们会打电话告诉您。
enrolment-calendar = 记到手机日历
enrolment-calendar-hint = 微信里打不开？点右上角三个点，选“在浏览器打开”，再点一次。
enrolment-share = 告诉家里人
enrolment-cancel = 我去不了，取消报名
error-wish-unknown = 看不懂要做什么

# 没找到的时候
gone-community = 没有这个社区。地址可能打错了。
gone-session = 这场活动找不到了，可能已经删掉。去看看本周有什么。
gone-programme = 这个活动最近没有安排。去看看本周有什么。
gone-week = 这一周看不了，太早或者太远。去看看本周有什么。
gone-enrolment = 没找到这个报名。要是您报过名，打给社区问一问。

# 接口
error-not-a-text = 这里要写成文字（字符串）
error-tell-by-unknown = 告知方式只能写 email、phone、none
error-care-list = 关注类别要写成文字的列表，最多 10 个
