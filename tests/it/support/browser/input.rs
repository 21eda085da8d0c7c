//! What people do with a page: they click, type, choose and press keys.

use serde_json::{Value, json};

use super::{Page, quote};

/// Prelude of the scripts below. `spot(e)` scrolls to an element and says where a finger would hit it, or in a text
/// why none would.
const SPOT: &str = r"
const spot = (e, absent) => {
    if (!e) return absent;
    if (e.disabled) return 'it is disabled';
    e.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const box = [...e.getClientRects()].find(r => r.width > 0 && r.height > 0);
    if (!box) return 'it cannot be seen';
    const x = box.left + box.width / 2, y = box.top + box.height / 2;
    const hit = document.elementFromPoint(x, y);
    if (!hit) return 'it lies outside the window';
    if (e.contains(hit) || hit.closest('label')?.control === e) return { x, y };
    return 'it is covered by ' + hit.outerHTML.slice(0, 120);
};";

/// `byText(words)`: what can be clicked and says these words; exactly, or else the shortest that has them in it.
const BY_TEXT: &str = r"
const byText = (words) => {
    const said = e => (e.innerText || e.value || e.getAttribute('aria-label') || '').replace(/\s+/g, ' ').trim();
    const seen = css => [...document.querySelectorAll(css)].filter(e => e.getClientRects().length);
    const active = 'a[href], button, summary, label, input[type=submit], input[type=button], ' +
        '[role=button], [role=tab], [role=menuitem], [role=option]';
    const pick = all => all.find(e => said(e) === words) ??
        all.filter(e => said(e).includes(words)).sort((a, b) => said(a).length - said(b).length)[0];
    return pick(seen(active)) ?? pick(seen('body *'));
};";

impl Page {
    /// Clicks the first such element, and waits for the navigation when that begins one.
    pub async fn click(&self, css: &str) {
        let find = format!("document.querySelector({})", quote(css));
        self.click_found(&format!("{css} to be clickable"), &find).await;
    }

    /// Clicks the link, button, label or other element that says these words.
    pub async fn click_text(&self, words: &str) {
        let find = format!("byText({})", quote(words));
        self.click_found(&format!("{words:?} to be clickable"), &find).await;
    }

    async fn click_found(&self, what: &str, find: &str) {
        let expression = format!("(() => {{ {SPOT} {BY_TEXT} return spot({find}, 'it is not there'); }})()");
        let spot = self.poll(what, &expression, Value::is_object).await;
        for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let params = json!({
                "type": kind, "x": spot["x"], "y": spot["y"], "button": button, "buttons": buttons, "clickCount": 1,
            });
            self.ask("Input.dispatchMouseEvent", params).await;
        }
        self.settle().await;
    }

    /// Drags the first such element onto another, with the pointer.
    pub async fn drag(&self, from: &str, to: &str) {
        let spot = async |css: &str| {
            let find = format!("document.querySelector({})", quote(css));
            let expression = format!("(() => {{ {SPOT} return spot({find}, 'it is not there'); }})()");
            self.poll(&format!("{css} to be reachable"), &expression, |value| {
                value.is_object()
            })
            .await
        };
        // Finding the target may scroll: the start is looked up last and the target once more.
        spot(to).await;
        let start = spot(from).await;
        let send = async |kind: &str, x: f64, y: f64| {
            let buttons = i32::from(kind != "mouseReleased");
            let params = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", params).await;
        };
        let at = |spot: &Value| {
            let number = |value: &Value| value.as_f64().unwrap_or_default();
            (number(&spot["x"]), number(&spot["y"]))
        };
        let (x, y) = at(&start);
        send("mousePressed", x, y).await;
        let find = format!(
            "(() => {{ const r = document.querySelector({}).getBoundingClientRect();
                return {{ x: r.left + r.width / 2, y: r.top + r.height / 2 }}; }})()",
            quote(to)
        );
        let (end_x, end_y) = at(&self.eval(&find).await);
        for step in 1..=8 {
            let part = f64::from(step) / 8.0;
            send("mouseMoved", x + (end_x - x) * part, y + (end_y - y) * part).await;
        }
        send("mouseReleased", end_x, end_y).await;
        self.settle().await;
    }

    /// Takes hold of the first such element a few pixels above its lower edge and draws that edge down (or up, below zero).
    pub async fn draw_edge(&self, css: &str, down: f64) {
        let find = format!(
            "(() => {{ const e = document.querySelector({}); if (!e) return 'it is not there'; e.scrollIntoView({{ block: 'center' }});
                const r = e.getBoundingClientRect(); return {{ x: r.left + r.width / 2, y: r.bottom - 3 }}; }})()",
            quote(css)
        );
        let at = self
            .poll(&format!("{css} to be reachable"), &find, Value::is_object)
            .await;
        let (x, y) = (
            at["x"].as_f64().unwrap_or_default(),
            at["y"].as_f64().unwrap_or_default(),
        );
        let send = async |kind: &str, y: f64| {
            let buttons = i32::from(kind != "mouseReleased");
            let params = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", params).await;
        };
        send("mousePressed", y).await;
        for step in 1..=6 {
            send("mouseMoved", y + down * f64::from(step) / 6.0).await;
        }
        send("mouseReleased", y + down).await;
        self.settle().await;
    }

    /// Replaces what stands in a field. Dates and times are given as HTML writes them: `2026-11-20`, `09:00`.
    pub async fn fill(&self, css: &str, text: &str) {
        let (css, value) = (quote(css), quote(text));
        let expression = format!(
            r"(() => {{
                {SPOT}
                const e = document.querySelector({css});
                const place = spot(e, 'it is not there');
                if (typeof place === 'string') return place;
                if (e.readOnly) return 'it is read-only';
                e.focus();
                if (['date', 'time', 'datetime-local', 'month', 'week', 'color', 'range'].includes(e.type)) {{
                    e.value = {value};
                    if (e.value !== {value}) return 'it does not take ' + {value};
                    e.dispatchEvent(new Event('input', {{ bubbles: true }}));
                    e.dispatchEvent(new Event('change', {{ bubbles: true }}));
                    return {{ done: true }};
                }}
                e.select?.();
                return {{ done: false }};
            }})()"
        );
        let found = self
            .poll(&format!("{css} to be writable"), &expression, Value::is_object)
            .await;
        if found["done"] == true {
            return;
        }
        if text.is_empty() {
            self.press("Delete").await;
        } else {
            self.ask("Input.insertText", json!({ "text": text })).await;
        }
    }

    /// Chooses in a list, by value or by the words shown.
    pub async fn select(&self, css: &str, value: &str) {
        let (css, wanted) = (quote(css), quote(value));
        let expression = format!(
            r"(() => {{
                const e = document.querySelector({css});
                if (!e) return 'it is not there';
                const all = [...e.options];
                const option = all.find(o => o.value === {wanted}) ?? all.find(o => o.label.trim() === {wanted});
                if (!option) return 'it offers only ' + all.map(o => o.value + ' (' + o.label.trim() + ')').join(', ');
                e.focus();
                e.value = option.value;
                e.dispatchEvent(new Event('input', {{ bubbles: true }}));
                e.dispatchEvent(new Event('change', {{ bubbles: true }}));
                return true;
            }})()"
        );
        self.poll(&format!("{css} to offer {wanted}"), &expression, |value| value == true)
            .await;
        self.settle().await;
    }

    /// Ticks a box or takes the tick away, by clicking when it stands otherwise.
    pub async fn check(&self, css: &str, ticked: bool) {
        let state = format!("document.querySelector({})?.checked ?? null", quote(css));
        let is_ticked = self
            .poll(&format!("{css} to be there"), &state, |value| !value.is_null())
            .await;
        if is_ticked != ticked {
            self.click(css).await;
        }
    }

    /// Presses a key, as `Enter`, `Escape`, `Tab`, `Shift+Tab`, `ArrowDown`, `Control+a` or `x`.
    ///
    /// # Panics
    /// When there is no such key on this keyboard.
    pub async fn press(&self, key: &str) {
        let (held, key) = match key.rsplit_once('+') {
            Some((held, key)) if !key.is_empty() => (held, key),
            _ => ("", key),
        };
        let modifiers = held.split('+').filter(|held| !held.is_empty()).fold(0, |sum, held| {
            sum | match held {
                "Alt" => 1,
                "Control" => 2,
                "Meta" => 4,
                "Shift" => 8,
                _ => panic!("{held} is no key to hold"),
            }
        });
        let (key, code, number, text) = match key {
            "Enter" => (key, "Enter", 13, "\r"),
            "Tab" => (key, "Tab", 9, ""),
            "Escape" => (key, "Escape", 27, ""),
            "Space" => (" ", "Space", 32, " "),
            "Backspace" => (key, "Backspace", 8, ""),
            "Delete" => (key, "Delete", 46, ""),
            "PageUp" => (key, "PageUp", 33, ""),
            "PageDown" => (key, "PageDown", 34, ""),
            "End" => (key, "End", 35, ""),
            "Home" => (key, "Home", 36, ""),
            "ArrowLeft" => (key, "ArrowLeft", 37, ""),
            "ArrowUp" => (key, "ArrowUp", 38, ""),
            "ArrowRight" => (key, "ArrowRight", 39, ""),
            "ArrowDown" => (key, "ArrowDown", 40, ""),
            _ if key.chars().count() == 1 => {
                let upper = key.to_ascii_uppercase().bytes().next().unwrap_or_default();
                (
                    key,
                    "",
                    i32::from(upper),
                    if matches!(modifiers, 0 | 8) { key } else { "" },
                )
            }
            _ => panic!("{key} is no key of this keyboard"),
        };
        let down = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        for kind in [down, "keyUp"] {
            let mut params = json!({
                "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers,
            });
            if kind == "keyDown" {
                params["text"] = text.into();
            }
            self.ask("Input.dispatchKeyEvent", params).await;
        }
        self.settle().await;
    }
}
