# 工作台：左栏
staff-skip = 跳到正文
staff-nav = 工作台
staff-nav-today = 今天
staff-nav-week = 排期
staff-nav-checkin = 签到
staff-nav-notifications = 通知
staff-nav-reports = 报表
staff-nav-failed = { $n } 条没发出去，
staff-log-out = 退出
