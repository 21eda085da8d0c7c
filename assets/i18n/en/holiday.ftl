# Holidays
holiday-item-confirmed = { $from } is certain now
holiday-item-provisional = { $from } becomes provisional
holiday-item-moved = { $from } moves to { $to }
holiday-item-dropped = { $from } is cancelled (day off: { $holiday })
holiday-item-restored = { $to } takes place after all
holiday-item-new = { $to } is a new date
holiday-item-conflict = Clash: { $from } should move to { $to } and stays as it is
holiday-item-conflict-new = Clash: { $to } should be a new date and is not added
holiday-item-late = { $from } should move to { $to }, which is over; it stays as it is
holiday-item-untouched = Not touched: { $from } lies on a day off ({ $holiday }); it was moved by hand or counted
holiday-nearest = nearest free start that day: { $at }
holiday-nearest-none = nothing is free that day
holiday-count-confirmed = { $n } made certain
holiday-count-provisional = { $n } made provisional
holiday-count-moved = { $n } moved
holiday-count-dropped = { $n } cancelled
holiday-count-restored = { $n } restored
holiday-count-new = { $n } new
holiday-count-conflict = { $n } in conflict, not touched
holiday-count-untouched = { $n } on days off, not touched
holiday-people = { $n ->
    [one] 1 person told
   *[other] { $n } people told
}
holiday-nothing-here = nothing changes
holiday-day-off = off ({ $name })
holiday-day-worked = worked ({ $name })
holiday-day-plain = an ordinary day
holiday-day-changed = { $date } { $before } becomes { $after }
holiday-days = { $n ->
    [one] 1 day of the calendar differs:
   *[other] { $n } days of the calendar differ:
}
holiday-days-none = The calendar stays as it is.
holiday-text-title = Holidays of { $years }
holiday-text-same = This is what is in force already; nothing has to change.
holiday-text-applied = Applied.
holiday-text-dry-run = Only looked; nothing was changed.
error-holiday-too-large = the notice is too large: at most { $max } KB
error-holiday-json = the notice cannot be read; it should look like {"{"}"2027":{"{"}"holidays":{"{"}"2027-01-01":"元旦"{"}"},"workdays":{"{"}{"}"}{"}"}{"}"}. { $why }
error-holiday-year = “{ $value }” is not a year from 1900 to 2200
error-holiday-date = “{ $value }” is not a date like 2027-01-01
error-holiday-name = { $value } has a name that is empty, longer than 40 characters or not one line
error-holiday-wrong-year = { $value } is filed under the year { $year }
error-holiday-both = { $value } is both a day off and a working day
error-holiday-too-many = the year { $value } lists { $days } days, more than the 120 a notice may have: please check
error-holiday-no-year = there is no year in it
error-holiday-no-days = the year { $value } has no day off in it
error-holiday-none-sent = Paste the notice, or choose a file
holiday-cli-read = cannot read the file { $file }: { $why }
holiday-cli-utf8 = the file { $file } is not UTF-8 text
holiday-page-title = Holidays
holiday-page-sub = The State Council announces each autumn the days off of the next year. Import the notice once, and the sessions of all communities follow.
holiday-page-provisional = { $n ->
    [one] 1 session is provisional until the notice is out.
   *[other] { $n } sessions are provisional until the notice is out.
}
holiday-page-provisional-none = No session waits for a notice.
holiday-page-known = Years known: { $years }
holiday-page-unknown = Not yet: { $years }
holiday-page-year = { $year }
holiday-page-year-none = The notice for { $year } has not been imported yet.
holiday-page-off-days = { $n ->
    [one] 1 day off
   *[other] { $n } days off
}
holiday-page-worked-days = { $n ->
    [one] 1 weekend day worked
   *[other] { $n } weekend days worked
}
holiday-page-years = Choose the year
holiday-page-ordinary = All other days as usual
holiday-import = Import a notice
holiday-import-paste = Paste it here
holiday-import-file = Or choose a file
holiday-import-form = One year, as JSON: {"{"}"2027":{"{"}"holidays":{"{"}"2027-01-01":"元旦"{"}"},"workdays":{"{"}"2027-01-03":"元旦"{"}"}{"}"}{"}"}
holiday-import-look = See what would change
holiday-import-who = Administrators import the notice, once for all communities.
holiday-review-title = Import the holidays of { $years }
holiday-review-differs = The sessions have changed since you looked. Please look again, then apply.
holiday-review-same = This is what is in force already; nothing has to change.
holiday-review-calendar = Calendar
holiday-review-apply = Apply: { $counts }; { $people } people told
holiday-review-apply-calendar = Apply: the calendar only, no session changes
holiday-review-back = Do not import
holiday-review-stays = Sign-ups stay, and each person gets one message. What clashes or was moved by hand is not touched.
holiday-done = The holidays of { $years } are applied: { $counts }; { $people } people told.
holiday-done-calendar = The holidays of { $years } are applied; no session changed.
holiday-link = Holidays
