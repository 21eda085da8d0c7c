# After the database was restored
held-title = Messages are held back
held-since = The data was restored from a copy on { $when }
held-line = The data was restored from a copy on { $when }. No messages leave until you have looked.
held-look = Look now
held-why = Messages that left after the copy was made are not recorded here. So that nobody gets one twice, none leaves. Please look at what waits, then decide.
held-unknown =
    { $n ->
        [0] Nothing that was due before the restoration was left over.
        [one] One message was due before the restoration. It may have left already and does not leave by itself.
       *[other] { $n } messages were due before the restoration. They may have left already and do not leave by themselves.
    }
held-unknown-look = Look at these
held-waiting =
    { $n ->
        [0] Nothing waits now.
       *[other] { $n } wait, { $due } of them leave at once when you say so.
    }
held-more = All that wait
held-send =
    { $n ->
        [0] Let messages leave again
       *[other] Let messages leave again, { $n } at once
    }
held-drop = Do not send these { $n }, only later ones
held-done = Messages leave again.
restoration-unknown = Restored from a copy; it may have left already
restoration-dropped = After the restoration the community decided not to send it
error-restoration-none = Messages are not held back.
