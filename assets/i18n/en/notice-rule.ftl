# Rules of notifications
notice-rule-too-late = this reminder came too late: the computer was off, or its clock jumped over the time
mail-weekly-own-subject = Your { $n } { $n ->
        [one] session
       *[other] sessions
    } in the week from { $day }
mail-weekly-subject = { $n } { $n ->
        [one] session
       *[other] sessions
    } in the week from { $day }
mail-weekly-line = { $when }: { $title }, { $venue }
mail-report-ready-subject = The report of { $month } can be read
mail-stopped-coming-subject = { $n } { $n ->
        [one] regular has
       *[other] regulars have
    } stopped coming
mail-stopped-coming-line = { $name }: missed { $title } three times in a row
mail-digest-more = And { $n } more: see the page.
mail-proposal-new-subject = { $partner } proposes: { $title }
# The page of rules
notice-rule-link = Rules
notice-rule-title = Rules of notifications
notice-rule-sub = What is told to whom, when and how
notice-rule-back-log = See the log
notice-rule-back = Back
notice-rule-done-quiet = Noted: quiet at these times from now on.
notice-rule-done-rule = Noted: told this way from now on.
notice-rule-done-reset = Back to the usual way.
notice-rule-group-residents = Told to residents
notice-rule-group-partner = Told to partners
notice-rule-group-staff = Told to ourselves
notice-rule-col-what = What
notice-rule-col-when = When
notice-rule-col-how = How
notice-rule-col-on = On?
notice-rule-col-change = Change
notice-rule-change = Change
notice-rule-on = On
notice-rule-off = Off
notice-rule-own = set by this community
notice-rule-and-robots = and the staff robots
notice-rule-then = , then
notice-rule-way-email = e-mail
notice-rule-way-sms = text message
notice-rule-way-call = telephone
notice-rule-way-none = nothing else
notice-rule-way-n = { $n ->
        [1] First by
       *[other] { $n }. by
    }
notice-rule-when-days = { $n ->
        [0] The same day, { $time }
        [1] The day before, { $time }
       *[other] { $n } days before, { $time }
    }
notice-rule-when-minutes = { $n } minutes before the start
notice-rule-when-next = Next: { $when }
notice-rule-when-never = never
notice-rule-when-change = For today at once, else outside quiet hours
notice-rule-when-awake = At once, outside quiet hours
notice-rule-when-fixed = As soon as it happens, outside quiet hours; a session of today that is cancelled or moved does not wait.
notice-rule-what-reminder_evening = reminds those signed up
notice-rule-what-reminder_soon = reminds those signed up
notice-rule-what-cancelled = those signed up or waiting
notice-rule-what-moved = those signed up or waiting
notice-rule-what-restored = those signed up or waiting
notice-rule-what-schedule_changed = several changes in one message
notice-rule-what-promoted = whoever got a seat
notice-rule-what-proposal_decided = the partner who proposed
notice-rule-what-confirm_session = asks partners whether they come
notice-rule-what-paper_expires = reminds partners to renew
notice-rule-what-confirm_place = asks whether they come to the new term
notice-rule-what-place_confirmed = the dates, to those who come
notice-rule-what-offered = asks those waiting whether they take a seat
notice-rule-what-offer_lapsed = whoever did not answer
notice-rule-what-proposal_submitted = a partner handed in a proposal
notice-rule-what-weekly_schedule = each person's own sessions; the whole week to staff groups
notice-rule-what-report_ready = the report of last month can be read
notice-rule-what-stopped_coming = regulars who missed three in a row
notice-rule-quiet = Quiet hours
notice-rule-quiet-what = residents are not disturbed
notice-rule-quiet-hint = What falls due waits until they end. A session of today that is cancelled or moved does not wait. An end before the start is after midnight.
notice-rule-quiet-n = Range { $n }
notice-rule-quiet-from = From
notice-rule-quiet-to = To
notice-rule-quiet-save = Be quiet at these times
notice-rule-digest = Minutes to collect changes
notice-rule-digest-hint = Changes of sessions after tomorrow wait so long, so that several become one message. 0: at once
notice-rule-enabled = Tell them
notice-rule-always = This cannot be switched off: people would come in vain.
notice-rule-days = Days before
notice-rule-days-hint = 0 is the same day
notice-rule-at = At
notice-rule-minutes = Minutes before the start
notice-rule-minutes-hint = 120 is two hours
notice-rule-cron = When (cron expression)
notice-rule-cron-hint = Minute, hour, day, month, weekday: 0 17 * * 0 is Sundays at 5 pm; 0 and 7 are Sunday
notice-rule-runs = The next five:
notice-rule-see-runs = See the next five
notice-rule-phoned = Tried from the top: the first that reaches somebody is taken. Whoever none reaches is on the call list.
notice-rule-phoned-not = Tried from the top: the first that reaches somebody is taken. Whoever none reaches is not reminded, unless telephone is chosen.
notice-rule-phoned-staff = To staff who have an e-mail address.
notice-rule-robots = Tell the staff robots, too
notice-rule-save = Tell them this way
notice-rule-reset = Back to the usual way
error-rule-always-on = This cannot be switched off: people would come in vain
error-rule-no-channel = Choose at least one way, or nobody will know
error-rule-channel = Chosen twice, or does not reach them: { $value }
error-rule-no-lead = Say how long before
error-cron-fields = “{ $value }” has { $count } parts and needs 5: minute, hour, day, month, weekday
error-cron-too-long = Too long: at most { $max } characters
error-cron-never = “{ $value }” never comes: there is no such day
error-cron-too-often = “{ $value }” is too often: at least { $minutes } minutes apart
error-cron-second = The second cannot be “{ $part }”: { $min } to { $max }, *, a range or a step
error-cron-minute = The minute cannot be “{ $part }”: { $min } to { $max }, *, a range or a step
error-cron-hour = The hour cannot be “{ $part }”: { $min } to { $max }, *, a range or a step
error-cron-day = The day cannot be “{ $part }”: { $min } to { $max }, *, a range or a step
error-cron-month = The month cannot be “{ $part }”: { $min } to { $max }, JAN to DEC, *, a range or a step
error-cron-weekday = The weekday cannot be “{ $part }”: { $min } to { $max } (0 and 7 are Sunday), SUN to SAT, *, a range or a step
error-quiet-empty = It cannot begin and end at { $value }
error-quiet-too-many = { $value } ranges: at most { $max }
error-quiet-whole-day = Quiet all day, and nothing could be said: leave at least { $minutes } minutes
