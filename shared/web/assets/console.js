// Everything a page of the console needs but the charts. No inline script runs anywhere: the policy forbids it.
import "htmx.org/dist/htmx.esm.js";
import "./live.js";
import "./forms.js";
import "./countdown.js";
import "./sign-pad.js";
import "./photos.js";
import "./menu.js";
import "./capture.js";
import "./acts.js";
import "./due.js";
import "./session.js";
import "./csv.js";
import "./told.js";
