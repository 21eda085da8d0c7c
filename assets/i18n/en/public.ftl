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
