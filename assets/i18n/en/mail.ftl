# The words of mails
mail-greeting = Dear { $name },
mail-closing =
    { $community }
    Questions? Phone { $phone }
mail-today = today ({ $moment })
mail-tomorrow = tomorrow ({ $moment })
mail-where = Where: { $venue }
mail-reason = Reason: { $reason }
mail-link = More: { $link }
mail-reminder-evening-subject = Reminder: { $title }, { $when }
mail-reminder-soon-subject = Starting soon: { $title }, { $when }
mail-promoted-subject = You have a seat: { $title }, { $when }
mail-cancelled-subject = Cancelled: { $title }, { $when }
mail-cancelled-line = { $title }, planned for { $was }, is cancelled.
mail-moved-subject = Changed: { $title }, { $when }
mail-moved-line = { $title }, planned for { $was }, is now { $when }, { $venue }.
mail-schedule-changed-subject = Changes to your dates: { $title }, { $when }, and others
mail-restored-subject = Taking place after all: { $title }, { $when }
mail-restored-line = { $title } takes place: { $when }, { $venue }.
mail-proposal-approved-subject = Approved: { $title }
mail-proposal-declined-subject = Declined: { $title }
mail-proposal-changes_requested-subject = Changes requested: { $title }
mail-proposal-lapsed-subject = Lapsed: { $title }
mail-proposal-withdrawn-subject = Withdrawn: { $title }
mail-proposal-submitted-subject = Received: { $title }
mail-proposal-remark = The community says: { $remark }
mail-proposal-link = Your proposals: { $link }
mail-dropped-no-address = no mail address
mail-dropped-gone = what it was about is gone
mail-dropped-changed = the session changed again; no need to say it
mail-dropped-cancelled = this resident cancelled
error-delivery-not-again = This message cannot be sent again now.
error-delivery-not-to-call = Nobody has to phone about this message.
