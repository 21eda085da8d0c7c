# Residents' pages
public-skip = Skip to the content
public-size = Letter size
public-size-letter = A
public-size-std = A, standard letters
public-size-large = A, large letters
public-size-xlarge = A, very large letters
public-theme-contrast = Hard to see? Switch to white on black
public-theme-light = Back to black on white
public-other-language = 中文
public-bar = Shortcuts
public-read = Read it to me
public-read-stop = Stop reading
public-call = Phone us
public-home = See the programmes
public-free = Everything is free of charge.
public-promise = {" "}To sign up we ask for a name and a phone number; never an identity card, a bank card or a verification code. Whoever asks for those is a swindler.
public-desk = Desk:{" "}

# When something was typed wrong
error-text-empty = Nothing was written here
error-text-long = Too long: at most { $max } characters
error-text-control = It holds signs that cannot be shown; please type it again
error-name-empty = Please write the name
error-name-long = The name is too long: at most { $max } characters
error-name-control = The name holds signs that cannot be shown; please type it again
error-name-letters = Please write a name, not only digits or pictures
error-phone-empty = Please write the phone number
error-phone-digits = A phone number has only digits; please look again
error-phone-short = { $missing } { $missing ->
    [one] digit is
   *[other] digits are
  } missing; please look again
error-phone-long = { $extra } { $extra ->
    [one] digit
   *[other] digits
  } too many; please look again
error-phone-start = A mobile number has 11 digits and begins with 1
error-phone-area = Please add the area code, such as 0374
error-grid-unknown = There is no such grid
error-email-form = This is not a mail address; please look again
error-gender-unknown = Write female, male, or nothing
error-birth-year-range = The year of birth lies between 1900 and { $max }

# When nobody can sign up
error-enrol-cancelled = It is called off; nobody can sign up
error-enrol-begun = It has begun: too late to sign up or to give up
error-enrol-not-needed = No need to sign up, just come
error-enrol-queue-full = Too many people wait; please phone the community
