# Reporting and correcting
error-month-locked = This month has been reported and its numbers are locked. To change them, make a correction and say why.
error-month-locked-already = This month has been reported already; its numbers are locked.
error-month-not-locked = This month has not been reported: no correction is needed, change it on the check-in page.
error-month-ahead = { $value } has not begun: it cannot be reported.
error-month-running = { $value } is not over. To report it now, tick “I know that the month is not over”.
error-reason-missing = Say why.
error-reason-too-long = The reason is too long: at most { $max } characters.
error-correction-nothing = There is nothing to correct: tick who is to be added or taken away, or change the number of people.
error-correction-people = A correction takes at most { $max } people; this one has { $value }.
error-correction-row = This session has no such entry: load the page again and have another look.
error-quarter-format = “{ $value }” is not a quarter: write it as 2026-Q3, from 2000 to 2100.
error-year-format = “{ $value }” is not a year: write it as 2026, from 2000 to 2100.
