# 大厅屏幕
lobby-open-screen = 大厅屏幕
lobby-today = 今天的安排
lobby-all-over = 今天的都结束了
lobby-nothing-today = 今天没有安排
lobby-nothing = 这一周没有安排，请问服务台
lobby-list-of = { $day }的安排
lobby-stale = 安排可能有变，请问服务台
lobby-old = 这是{ $day }的安排，请问服务台
lobby-turns = 还有几场，过一会儿翻页
lobby-moved = 改到{ $day }
lobby-off = 这次不办了
lobby-paused = 先停一停
lobby-next-date = 下次{ $day }
lobby-just-come = 直接来
lobby-left = 还剩|{ $n }|个
lobby-open = 可以报名
lobby-full = 满了
lobby-queue = 可排队
lobby-not-yet = 还没报名
lobby-closed = 报名截止
lobby-collecting = 正在报名
lobby-was = 原来{ $when }
lobby-was-at = 原来在{ $venue }
lobby-next = 下一场
lobby-wait-now = 这就开始
lobby-wait-minutes = 还有 { $n } 分钟
lobby-wait-hours = { $minutes ->
    [0] 还有 { $hours } 小时
   *[other] 还有 { $hours } 小时 { $minutes } 分
  }
lobby-seats-left = 还剩 { $n } 个位子，到服务台报名
lobby-seats-open = 位子够，到服务台报名
lobby-seats-queue = 满了可以排队，到服务台排
lobby-foot-none = 没有安排
lobby-foot-more = 一共 { $n } 场
lobby-qr = 二维码：手机上看安排
lobby-scan = 微信扫一扫
lobby-scan-for = 手机上看安排、
    报名，念给您听

# 海报和告示
hang-tools = 打印前
hang-print = { $n ->
    [1] 打印
   *[other] 打印，一共 { $n } 张
  }
hang-sheet = 第 { $n } 张，共 { $all } 张
poster-open = 打印海报，贴出来
poster-title = 一周安排
poster-week-page = 看这一周
poster-welcome = 都不收钱，欢迎来坐坐
poster-nothing = 没有安排
poster-daily = 每天
poster-daily-holiday = 放假也照常
poster-off = 停一次
poster-off-for-now = 哪天再办另外通知
poster-next = 下次{ $when }
poster-moved-to = 改到{ $day }
poster-moved-from = { $day }改来
poster-other-time = 改时间了
poster-other-place = 换地方了
poster-was = 原来{ $what }
poster-provisional = 暂定
poster-rest = 放假
poster-rest-until = 放假到{ $day }
poster-worked = { $days }照常上班
poster-scan = 微信扫一扫，手机上看安排、报名
poster-no-scan = 不会扫？打电话，或到服务台问
poster-free = 不收钱 不卖东西
poster-promise = 不问身份证号、银行卡号、
    验证码。谁问谁是骗子
hang-notice-open = 打印告示
hang-notice-title = 告示
hang-notice-hint = 贴在楼栋门口、宣传栏
hang-notice-moved = 改时间了
hang-notice-other-place = 换地方了
hang-notice-before = 原来：
hang-notice-now = 改到：
hang-notice-sign-up = 要报名：打电话，或者扫下面的码
hang-notice-bring = 要带：
hang-notice-qr = 二维码：手机上看这一场
hang-notice-ask = 有事问社区
