# Importing a list of residents
residents-import-link = Import a list
residents-import-title = Import residents from a list
residents-import-sub = Bring in the list you have (Excel or CSV); look through it first
residents-import-file = Choose a file
residents-import-label = List of residents (.xlsx or .csv)
residents-import-hint = Up to 10 MB and { $n } rows; the header must be in the first 10 rows and have at least a column “Name”
residents-import-privacy = Columns with ID numbers or illnesses are neither read nor kept. A file you do not import is deleted after a day.
residents-import-look = See what is in it
residents-import-template = Download an empty list
residents-import-past = Earlier imports
residents-past-file = File
residents-past-at = When
residents-past-what = What was imported
residents-past-undone = undone
residents-import-counts = { $created } new, { $filled } filled in, { $wrong } rows left out
residents-review-title = Look before importing
residents-other-file = Another file
residents-rows = { $n ->
    [one] 1 row in the list
   *[other] { $n } rows in the list
}
residents-sum-new = New
residents-sum-made = Newly entered
residents-sum-filled = Known, gaps filled
residents-sum-known = Known, unchanged
residents-sum-wrong = Something wrong
residents-sum-left = Left out
residents-nothing = Nothing to import: everybody is known already, or every row has something wrong.
residents-what-happens = All is imported at once. Of people you know only the gaps are filled; nothing is overwritten. It can be undone for 24 hours.
residents-do-new = { $n ->
    [one] Import 1 person
   *[other] Import { $n } people
}
residents-do-fill = { $n ->
    [one] Fill in 1 person
   *[other] Fill in { $n } people
}
residents-wrong-first = { $n ->
    [one] 1 row has something wrong; nothing has been imported. It is best to correct the list and choose it again.
   *[other] { $n } rows have something wrong; nothing has been imported. It is best to correct the list and choose it again.
}
residents-mend = Corrected: choose the file again
residents-do-good = { $n ->
    [one] Import only the 1 good person, list the rest
   *[other] Import only the { $n } good ones, list the rest
}
residents-do-good-fill = { $n ->
    [one] Fill in only the 1 good person, list the rest
   *[other] Fill in only the { $n } good ones, list the rest
}
residents-rest = { $n ->
    [one] Download the 1 wrong row (CSV with the reason)
   *[other] Download the { $n } wrong rows (CSV with reasons)
}
residents-rest-phones = It holds full telephone numbers: keep it safe. Once corrected, it can be imported as it is.
residents-columns = What each column is read as
residents-unread = These columns are unknown and were not read: { $what }
residents-sensitive = These columns are private: they were not read and are not kept: { $what }
residents-sheet = “{ $sheet }” was read; { $n ->
    [one] one other sheet was not
   *[other] { $n } other sheets were not
}
residents-lines = Row by row
residents-show-wrong = Wrong { $n }
residents-show-new = New { $n }
residents-show-known = Known { $n }
residents-show-all = All { $n }
residents-no-lines = No such rows.
residents-pages = Pages
residents-column-row = Row
residents-column-column = Column
residents-column-value = It says
residents-column-what = What about it
residents-column-reason = Reason
residents-reason = { $label }: { $why }
residents-is-new = New.
residents-known-same = Known already, nothing to change.
residents-known-fills = Known already; would be filled in: { $what }.
residents-known-kept = The list says otherwise; what is known stays: { $what }.
residents-remark-phone-row = Somebody else in row { $n } has the same number.
residents-remark-phone-known = Somebody else who is known has the same number.
residents-remark-name-row = Same name and building as row { $n }, another number: taken for two people.
residents-running = Importing
residents-running-sub = Nobody appears among the residents before all are stored. You may close this page; it goes on.
residents-running-again = Look again
residents-step-looking = Comparing with whom is known: { $total } rows
residents-step-sealing = Sealing telephone numbers: { $done } of { $total }
residents-step-storing = Storing: { $done } of { $total }
residents-import-failed = Not imported: something went wrong on our side and was noted. Nothing was changed; please try again.
residents-done-title = Imported
residents-done-undone = This import was undone
residents-undo = Undo this import
residents-undo-hint = It can be undone for 24 hours: new people are deleted, what was filled in is taken out. Not when one of them has signed up, come, or been changed since.
residents-undone = Undone; everything is as before the import.
residents-undone-at = Undone: { $at }
residents-field-name = Name
residents-field-gender = Gender
residents-field-birth = Year of birth
residents-field-age = Age
residents-field-phone = Phone
residents-field-building = Building
residents-field-grid = Grid
residents-field-care = Category
residents-field-family-name = Family contact
residents-field-family-phone = Family phone
residents-field-email = E-mail
residents-field-tell-by = Notify by
residents-template-sheet = Residents
residents-template-help = How to fill in
residents-help-name = Required. One person a row, no merged cells
residents-help-gender = Male, female; may be empty
residents-help-birth = 1948 or 1948-03-02; only the year is kept
residents-help-phone = A mobile number of 11 digits, or a landline with its area code; two people may share one
residents-help-building = For example Building 3, entrance 2
residents-help-grid = The name of the grid: { $grids }
residents-help-care = Living alone, over 80 …, separated by commas
residents-help-family-name = Child or emergency contact
residents-help-family-phone = Their number
residents-help-email = May be a child's
residents-help-tell-by = phone, email, none; empty means phone
error-residents-file-empty = Choose a file; an empty one will not do
error-residents-file-large = The file is larger than 10 MB: split it, or take its pictures out
error-residents-file-damaged = The file cannot be opened: it was cut off, or is damaged. Open it in Excel or WPS and save a copy. Nothing was imported
error-residents-file-unfolds = Unpacked, this file takes more than { $max } MB; it was not read. Copy the list into a new workbook
error-residents-file-external = The workbook refers to other files. Paste the list as values into a copy
error-residents-file-macros = The workbook has macros; it was not read. Save it as “Excel workbook (.xlsx)”
error-residents-file-old = This is an old format (.xls), or has a password. Save it as “Excel workbook (.xlsx)” without one
error-residents-file-page = This is a web page, not a workbook. Open it in Excel or WPS and save it as “Excel workbook (.xlsx)”
error-residents-file-kind = Neither an Excel workbook (.xlsx) nor a CSV file
error-residents-cut-quote = Row { $row } opens a quote that is never closed: the file may have been cut off. Nothing was imported
error-residents-cut-row = The file breaks off in row { $row }: it may have been cut off. Nothing was imported
error-residents-no-header = No header in the first 10 rows. It must have “Name”, and may have phone, building, gender, year of birth
error-residents-no-name = There is no column “Name”. The header has: { $value }
error-residents-rows = More than { $max } rows (at row { $row }): split the file
error-residents-columns = Row { $row } has more than { $max } columns: take out what is not needed
error-residents-text = Too much text, more than { $max } MB (at row { $row }): split the file
error-residents-empty = Empty
error-residents-long = Too long: at most { $max } characters
error-residents-control = Has characters that cannot be seen: type it again
error-residents-name-empty = No name
error-residents-name-long = Too long a name: at most { $max } characters
error-residents-name-letters = Does not look like a name
error-residents-phone-digits = Has something else than digits
error-residents-phone-short = { $missing ->
    [one] 1 digit is missing
   *[other] { $missing } digits are missing
}
error-residents-phone-long = { $extra ->
    [one] 1 digit too many
   *[other] { $extra } digits too many
}
error-residents-phone-start = Looks neither like a mobile number nor like a landline with its area code
error-residents-phone-area = The area code is missing, for example 0374
error-residents-merged = Is a merged cell, so whose it is cannot be told. Unmerge it: one cell a person
error-residents-broken = The formula failed: write it as text
error-residents-formula = Is a formula, which is not worked out: write it as text
error-residents-cell-long = Too long a cell: at most { $max } characters
error-residents-rounded = The spreadsheet has shortened the number and lost its last digits. Format the column as text and type it again
error-residents-gender = Write “male” or “female”
error-residents-birth = Write 1948 or 1948-03-02
error-residents-birth-range = Must be between 1900 and { $max }
error-residents-age = Write years, for example 78
error-residents-grid = There is no such grid
error-residents-care = Too many categories: at most { $max }
error-residents-mail = Not a mail address, for example ming@example.cn
error-residents-tell-by = Write “phone”, “email” or “none”
error-residents-total = A total, not a person: take the row out
error-residents-longer = The row is longer than the header, so columns have slipped: mostly because of a comma in a cell
error-residents-twice = The same person as in row { $row }: keep one
error-residents-several = { $count } known people have this name in this building. Add the telephone number
error-residents-import-gone = This file was imported already, or waited for more than a day. Choose it again
error-residents-import-changed = The residents have changed since you looked, and the import would come to something else. Look again before importing
error-residents-import-wrong = Some rows are wrong; nothing was imported
error-residents-import-nothing = There is nothing to import
error-residents-undo-done = This import was undone already
error-residents-undo-late = After 24 hours it can no longer be undone
error-residents-undo-touched = It cannot be undone: one of these people has signed up, come, or been changed since. Nothing was changed
residents-cli-read = { $file } cannot be read: { $why }
residents-cli-rows = { $rows } rows: { $new } new, { $filled } to fill in, { $known } known and unchanged, { $wrong } wrong
residents-cli-more = { $n } more rows are not listed
residents-cli-dry = Only looked; nothing was changed.
residents-cli-done = Imported: { $created } new, { $filled } filled in.
residents-cli-nothing = There is nothing to import; nothing was changed.
residents-cli-refused = { $n } rows are wrong; nothing was imported. Correct them, or take only the good ones with --good-rows
residents-cli-left = { $n } rows are wrong and were left out
noun-resident-import = import
