// Whoever is asked to log in is logged out: the names that the check-in page kept here go. Taps that wait hold no names and stay.

import { forgetNames } from "./store.js";

forgetNames();
