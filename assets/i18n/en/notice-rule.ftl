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
