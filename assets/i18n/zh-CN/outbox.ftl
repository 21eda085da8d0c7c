notice-event-proposal_submitted = 有新提案
notice-event-weekly_schedule = 一周安排
notice-event-report_ready = 月报做好了
notice-event-stopped_coming = 有人好久没来
