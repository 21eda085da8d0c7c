# 停用一次说清楚：告示和群里的话
closure-notice-open = 打印告示
closure-notice-shut = 场地停用
closure-notice-weather = 天气不好
closure-notice-off = { $time } { $title }：不办了
closure-notice-kept = { $time } { $title }：照常办
closure-notice-venue = { $time } { $title }：换到{ $venue }
closure-notice-moved = { $time } { $title }：改到{ $when }，{ $venue }
closure-notice-more = 另有 { $n } 场，请打电话问
closure-notice-qr = 二维码：手机上看这一周的活动
closure-group-open = 群里的话
closure-group-title = 告诉群里
closure-group-head = 【{ $community }】{ $reason }
closure-group-line = · { $line }
closure-group-phone = 有事打电话：{ $phone }
# 六种说法
output-name = 居民朋友
