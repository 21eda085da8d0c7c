# Possible duplicates
duplicate-open = Possible duplicates
duplicate-title = Entries that may be one person
duplicate-count = { $n } pairs
duplicate-none = No entries look alike.
duplicate-merge = Merge
duplicate-apart = Two people
duplicate-apart-done = Remembered; this pair will not come up again.
duplicate-same-phone-and-name = Same number, same name
duplicate-same-phone-and-like-name = Same number, similar name
duplicate-same-name-and-building = Same name, same building
duplicate-same-name-and-birth-year = Same name, same year of birth
duplicate-same-initials-and-tail = Name sounds alike, number ends alike
duplicate-other-birth-year = But years of birth differ
duplicate-other-gender = But a woman and a man
