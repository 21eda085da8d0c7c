# 排期表上的动作：键盘、换时间、照抄、打印、两个人同时改
board-more = 更多
board-keys = 键盘
board-keys-title = 用键盘排期
board-keys-note = 挪了以后只是打开表单给您看看会怎样，不按“保存”什么都不会变。
board-key-walk = 在活动之间走
board-key-open = 打开这一场；挪过以后，看看会怎样
board-key-back = 回到排期表；不挪了
board-key-find = 找活动
board-key-new = 新活动
board-key-today = 回到本周
board-key-move = 换时间、换地方
board-key-shift = 提前或推后 15 分钟
board-key-side = 挪到前一天、后一天（按场地看时是换场地）
board-key-length = 缩短或延长 15 分钟
board-key-help = 打开这张表
board-wish = 按回车看看会怎样，按 Esc 不挪了
board-outdoor = 户外
board-unplanned = 本周未排的
board-usually = 平常是{ $when }
board-plan-it = 排上
board-undo = 改回去，通知 { $n } 人
board-undo-nobody = 改回去，不用通知谁

# 换时间、换地方
board-move = 换时间
board-move-title = { $title }，换时间或地方
board-move-now = 现在是{ $when }
board-move-where = 在哪儿
board-move-nearby = 这个场地前后几天空着的时间
board-move-leave = 不改了
board-room-free = 那时空着
board-room-taken = 被{ $title }占着，{ $time }
board-room-closed = 那时不开门
board-room-offer = 那天 { $time } 空着，改成这个

# 两个人同时改
board-meanwhile-title = 刚才有人改过这一场，您的还没有存：
board-meanwhile-moved = 刚才有人把它改到了{ $when }，{ $venue }。
board-meanwhile-changed = 刚才有人改过这一场。现在是{ $when }，{ $venue }。
board-meanwhile-cancelled = 刚才有人停办了这一场。{ $reason }
board-meanwhile-typed = 您填的是{ $when }，{ $venue }，没有存，还在下面。
board-meanwhile-kept = 您填的没有存，还在下面。
board-meanwhile-go-on = 还要照您填的改，就按下面的“保存”；不改了，就收起来。
board-meanwhile-cancel = 还是不办，就再按一次下面的按钮。

# 照抄上周
board-copy = 照抄上周
board-copy-range = 从{ $from }，抄到{ $to }
board-copy-what = 抄哪几场？
board-copy-none = 没有要抄的：那一周有的，这一周都有了。
board-copy-confirm = 照抄 { $n } 场
board-copy-leave = 不抄了
board-copy-told = 新排的场次马上写到大家看的页面上；还没有人报名，不用通知谁。
board-copy-there-title = 不用抄的 { $n } 场：已经有了，或者已经过了
board-copy-past = 那个时间已经过了
board-copy-rule-goes-on = 按规律这一周没有，要加一次才勾
board-copy-extra = 给原来的系列加一次
board-copy-single = 单独排一次
board-copy-offer = 那天 { $time } 空着，勾上就排在这个时间
board-copy-mind = 知道了还要排，就勾上。
board-copy-nothing = 一场也没勾。勾上要抄的，再按一次。
board-copy-clash = 刚才撞上了，一场也没有抄：{ $clashes }
board-copied = { $n ->
    [0] 这几场刚才已经抄过了，没有再抄一遍。
   *[other] 照抄了 { $n } 场，大家看的页面上已经有了。
 }

# 打印一周
board-print = 打印一周
board-print-now = 打印
board-print-title = 一周安排
board-print-count = 一共 { $n } 场
board-print-left-out = 还有 { $n } 场印不下，请看网页
