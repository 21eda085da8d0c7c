# A copy for the person
export-open = Copy for the person
export-title = What we keep about you
export-says = This is all we keep about you (Personal Information Protection Law, art. 45). To change or erase it call { $phone }.
export-json = As JSON
export-csv = As CSV
export-print = Print with the browser
export-nothing = None
export-person = Entry
export-merged = Merged entry
export-consents = Consents
export-sign-ups = Sign-ups
export-signed-up-by = { "" } (signed up by { $name })
export-visits = Visits
export-messages = Messages
