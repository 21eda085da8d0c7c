# After the database was restored
held-title = 通知先停着
held-since = 数据在 { $when } 从备份恢复过
held-line = 数据在 { $when } 从备份恢复过，所有通知先停着，等您看过再发。
held-look = 去看看
held-why = 备份之后发出去的通知，这里没有记录。为了不让老人收到两遍，通知先停着。请看一眼下面等着的，再决定。
held-unknown =
    { $n ->
        [0] 恢复前该发的都发完了。
       *[other] 恢复前该发的有 { $n } 条，说不准发过没有，不会自己再发。
    }
held-unknown-look = 看这些
held-waiting =
    { $n ->
        [0] 现在没有等着发的。
       *[other] 等着发的有 { $n } 条，其中 { $due } 条一放行就发。
    }
held-more = 看全部等着发的
held-send =
    { $n ->
        [0] 继续发通知
       *[other] 继续发通知，马上发 { $n } 条
    }
held-drop = 这 { $n } 条不发，只发以后的
held-done = 通知又开始发了。
restoration-unknown = 从备份恢复，说不准发过没有
restoration-dropped = 从备份恢复后，社区决定不发
error-restoration-none = 通知没有停着，不用再放行。
