# 邮件里的话
mail-greeting = { $name }，您好：
mail-closing =
    { $community }
    有事打电话：{ $phone }
mail-today = 今天（{ $moment }）
mail-tomorrow = 明天（{ $moment }）
mail-where = 地点：{ $venue }
mail-reason = 原因：{ $reason }
mail-link = 看详情：{ $link }
mail-reminder-evening-subject = 提醒您：{ $when } 有{ $title }
mail-reminder-soon-subject = 快开始了：{ $when } { $title }
mail-promoted-subject = 轮到您了：{ $when } { $title } 有位子了
mail-cancelled-subject = 这一次不办了：{ $when } { $title }
mail-cancelled-line = 原定{ $was }的{ $title }不办了。
mail-moved-subject = 改时间或地方了：{ $when } { $title }
mail-moved-line = 原定{ $was }的{ $title }，现在是{ $when }，{ $venue }。
mail-schedule-changed-subject = 活动安排有变：{ $when } { $title }等
mail-restored-subject = 照常办：{ $when } { $title }
mail-restored-line = { $title }照常办：{ $when }，{ $venue }。
mail-proposal-approved-subject = 同意了：{ $title }
mail-proposal-declined-subject = 没同意：{ $title }
mail-proposal-changes_requested-subject = 社区建议改一改：{ $title }
mail-proposal-lapsed-subject = 提议过期了：{ $title }
mail-proposal-withdrawn-subject = 提议收回了：{ $title }
mail-proposal-submitted-subject = 提议收到了：{ $title }
mail-proposal-remark = 社区说：{ $remark }
mail-proposal-link = 看您的提议：{ $link }
mail-dropped-no-address = 没有邮箱地址
mail-dropped-gone = 要说的事已经不在了
mail-dropped-changed = 活动后来又变了，不用再说
mail-dropped-cancelled = 这位居民取消报名了
error-delivery-not-again = 这条通知现在不能重发。
error-delivery-not-to-call = 这条通知不需要打电话。
