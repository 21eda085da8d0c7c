notice-event-proposal_submitted = New proposal
notice-event-weekly_schedule = The week's schedule
notice-event-report_ready = Report ready
notice-event-stopped_coming = Somebody stopped coming
