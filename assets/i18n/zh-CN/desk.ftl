# 电话台
desk-title = 电话台
desk-sub = 有人打电话来、到窗口来：找到人，选一场，报好名
desk-find = 找人
desk-find-hint = 拼音首字母、姓名、手机号或后四位。字母后面加数字就是选第几位，例如 lxy2
desk-find-act = 找
desk-found = { $n ->
    [0] 没有找到
   *[other] 找到 { $n } 位
 }
desk-found-more = 还有，请多打一个字
desk-nobody = 没有找到“{ $value }”。第一次来？问一下姓名和电话，登记和报名一次办好。
desk-tail = 尾号{ $tail }
desk-new = 第一次来的
desk-new-other = 都不是？登记一位新的
desk-name = 姓名
desk-phone = 手机号
desk-phone-hint = 没有手机可以空着
desk-consent = 念给他听：您的姓名和电话我们记下来，只用来通知活动，您不想留了随时告诉我们。
desk-by = 谁替他说的
desk-by-hint = 不是本人就写一下，例如：女儿小刘
desk-source = 怎么来的
desk-source-phone = 打电话
desk-source-counter = 到窗口
desk-offers = 两周内能报的
desk-offers-none = 两周内没有要报名的活动。
desk-number = 报第几场
desk-number-hint = 打号码，按回车
desk-book = 报名
desk-book-new = 他同意了，登记并报名
desk-book-this = 报这一场
desk-wait-this = 满了，看怎么办
desk-free = 还剩 { $n } 个位子
desk-free-any = 不限人数
desk-full = 满了，前面有 { $n } 位在等
desk-own = 他报了的
desk-own-none = 现在没有报着的。
desk-own-enrolled = 有位子
desk-own-waitlisted = 在排队
desk-own-asked = 等他回话
desk-own-other = 看名单
desk-cancel = 不来了
desk-change = 改到别的一场
desk-changing = 从“{ $title }，{ $when }”改过来：选新的一场，原来的位子就让出去。
desk-changing-stop = 不改了
desk-who = 现在帮：
desk-who-change = 换一位
desk-said-enrolled = { $name }，{ $when }，{ $place }，{ $title }，您的位子留好了。
desk-said-waitlisted = { $name }，{ $when }的{ $title }满了，给您排上队了，{ $ahead ->
    [0] 您是第一位
   *[other] 前面有 { $ahead } 位
 }，有了位子就告诉您。
desk-said-already = { $name }早就报过{ $when }的{ $title }了，没有再报一次。
desk-said-already-waiting = { $name }已经在排{ $when }的{ $title }了，没有再排一次。
desk-said-cancelled = 给{ $name }取消了{ $when }的{ $title }。
desk-say = 念给他听
desk-undo = 撤回（一分钟内）
desk-undone = 撤回了，就像没报过。
desk-full-title = { $title }满了
desk-full-text = { $when }的{ $title }没有位子了，前面有 { $n } 位在等。还没有报名，问问他：
desk-full-wait = 排队等位子
desk-full-other = 改报 { $when }的{ $title }
desk-full-back = 都不要，回去
desk-next = 下一位
desk-from-session = 电话报名
desk-chain = 贴接龙
desk-group-text = 群里的通知
desk-open = 电话台
error-desk-undo-late = 过了一分钟，不能撤回了；可以点“不来了”
error-desk-number = 没有第 { $value } 场，请看右边的号码
error-desk-session = 请选一场
error-desk-who = 请先找到人
