# 通知规则
notice-rule-too-late = 这条提醒来不及了：电脑当时没开，或者时钟跳过了这段时间
mail-weekly-own-subject = { $day } 起的一周，您报了 { $n } 场活动
mail-weekly-subject = { $day } 起的一周有 { $n } 场活动
mail-weekly-line = { $when }：{ $title }，{ $venue }
mail-report-ready-subject = { $month } 的报表可以看了
mail-stopped-coming-subject = 有 { $n } 位老朋友好几次没来了
mail-stopped-coming-line = { $name }：{ $title } 连着 3 次没来
mail-digest-more = 还有 { $n } 条，请到网页上看。
mail-proposal-new-subject = { $partner } 提了新安排：{ $title }
