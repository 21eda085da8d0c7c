//! A real browser: Debian's chromium without a window, driven over the DevTools protocol.
//!
//! ```ignore
//! let browser = Browser::launch().await;
//! let phone = browser.page(360, 740).await;
//! phone.goto(&app.url("/yunliang")).await;
//! phone.click_text("我要报名").await;
//! phone.wait_for_text("报名成功").await;
//! assert_eq!(phone.console_errors(), [""; 0]);
//! ```
//!
//! One chromium serves all tests of this process. Each page has cookies and storage of its own, so two pages are two
//! people. What acts on an element waits until the element is there, has a size and is not covered; what may start a
//! navigation waits until the new document is there. Nothing waits longer than [`PATIENCE`]: then the test fails with
//! what was wanted, the address and the visible text.

mod chromium;
mod input;
mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use wire::{State, Wire};

/// How long a page may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a page is looked at while it keeps silent.
const GLANCE: Duration = Duration::from_millis(25);

/// The way to the browser; pages are opened from it.
pub struct Browser {
    wire: Arc<Wire>,
    /// A chromium of its own; none for the one that serves all tests.
    own: Option<chromium::Chromium>,
}

impl Browser {
    /// Starts chromium, or finds it running.
    ///
    /// # Panics
    /// When chromium is not installed or does not start.
    pub async fn launch() -> Self {
        let address = chromium::address();
        Self {
            wire: Arc::new(Wire::connect(address).await),
            own: None,
        }
    }

    /// Starts a chromium of its own that keeps what it knows in `folder`: a telephone that can be switched off and on again.
    ///
    /// # Panics
    /// When chromium is not installed or does not start.
    pub async fn with_profile(folder: &Path) -> Self {
        let own = chromium::Chromium::with_profile(folder);
        Self {
            wire: Arc::new(Wire::connect(&own.address).await),
            own: Some(own),
        }
    }

    /// A page of whoever owns the profile.
    pub async fn own_page(&self, width: u32, height: u32) -> Page {
        self.page_in(&Value::Null, width, height).await
    }

    /// Closes a chromium of its own, with all its pages, and waits until it has gone.
    ///
    /// # Panics
    /// When it is the one that serves all tests.
    pub async fn close(self) {
        // The connection may go before the answer comes.
        let _ = self.wire.ask(None, "Browser.close", json!({})).await;
        let own = self.own.expect("a chromium of its own");
        tokio::task::spawn_blocking(move || own.wait())
            .await
            .expect("it is waited for");
    }

    /// A new person's first page: an empty one, with no cookies. Up to 480 pixels wide it is a phone with touch.
    pub async fn page(&self, width: u32, height: u32) -> Page {
        // The context goes when the test's connection does.
        let context = self
            .ask("Target.createBrowserContext", json!({ "disposeOnDetach": true }))
            .await;
        self.page_in(&context["browserContextId"], width, height).await
    }

    /// Another page of the same person: shared cookies and storage.
    pub async fn page_beside(&self, page: &Page, width: u32, height: u32) -> Page {
        self.page_in(&page.context, width, height).await
    }

    async fn page_in(&self, context: &Value, width: u32, height: u32) -> Page {
        let mut params = json!({ "url": "about:blank" });
        if !context.is_null() {
            params["browserContextId"] = context.clone();
        }
        let target = self.ask("Target.createTarget", params).await;
        let params = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = self.ask("Target.attachToTarget", params).await;
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        // The main frame of a target has the target's id.
        let frame = target["targetId"].as_str().expect("a target").to_owned();
        let page = Page {
            state: self.wire.watch(&session, &frame),
            wire: Arc::clone(&self.wire),
            context: context.clone(),
            session,
        };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.ask(&format!("{domain}.enable"), json!({})).await;
        }
        page.ask("Page.setLifecycleEventsEnabled", json!({ "enabled": true }))
            .await;
        page.resize(width, height).await;
        page
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        let answer = self.wire.ask(None, method, params).await;
        answer.unwrap_or_else(|problem| panic!("{method}: {problem}"))
    }
}

/// A page somebody looks at.
pub struct Page {
    wire: Arc<Wire>,
    session: String,
    context: Value,
    state: watch::Receiver<State>,
}

impl Page {
    /// Changes the size of the window. Up to 480 pixels wide it is a phone with touch.
    pub async fn resize(&self, width: u32, height: u32) {
        let is_phone = width <= 480;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone });
        self.ask("Emulation.setDeviceMetricsOverride", metrics).await;
        self.ask("Emulation.setTouchEmulationEnabled", json!({ "enabled": is_phone }))
            .await;
    }

    /// Opens an address and waits until it is loaded.
    pub async fn goto(&self, url: &str) {
        let answer = self.ask("Page.navigate", json!({ "url": url })).await;
        assert!(
            answer["errorText"].is_null(),
            "{url} cannot be opened: {}",
            answer["errorText"]
        );
        // Without a loader it was a jump within the document.
        if let Some(loader) = answer["loaderId"].as_str() {
            self.until(&format!("{url} to load"), |state| state.loaded.contains(loader))
                .await;
        }
        self.settle().await;
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.wire.amend(&self.session, |state| state.loading = true);
        self.ask("Page.reload", json!({})).await;
        self.settle().await;
    }

    /// Makes this the window in front: the browser gives the focus of a new page only there.
    pub async fn bring_to_front(&self) {
        self.ask("Page.bringToFront", json!({})).await;
    }

    /// Goes one page back.
    pub async fn back(&self) {
        self.eval("history.back()").await;
        self.settle().await;
    }

    /// The address of the page.
    pub async fn url(&self) -> String {
        self.string("location.href").await
    }

    /// The title of the document.
    pub async fn title(&self) -> String {
        self.string("document.title").await
    }

    /// Waits for an element that can be seen.
    pub async fn wait_for(&self, css: &str) {
        let sees = format!(
            "[...document.querySelectorAll({})].some(e => e.getClientRects().length)",
            quote(css)
        );
        self.wait_until(&format!("{css} to be seen"), &sees).await;
    }

    /// Waits until no such element can be seen.
    pub async fn wait_until_gone(&self, css: &str) {
        let gone = format!(
            "![...document.querySelectorAll({})].some(e => e.getClientRects().length)",
            quote(css)
        );
        self.wait_until(&format!("{css} to go"), &gone).await;
    }

    /// Waits for words on the page.
    pub async fn wait_for_text(&self, words: &str) {
        let reads = format!("(document.body?.innerText ?? '').includes({})", quote(words));
        self.wait_until(&format!("the words {words:?}"), &reads).await;
    }

    /// Waits for a JavaScript expression to become true.
    ///
    /// # Panics
    /// When it does not within [`PATIENCE`].
    pub async fn wait_until(&self, what: &str, condition: &str) {
        let expression = format!("({condition}) ? '' : 'not yet'");
        self.poll(what, &expression, |value| value == "").await;
    }

    /// The visible text of the first such element, for which it waits.
    pub async fn text(&self, css: &str) -> String {
        let expression = format!("document.querySelector({})?.innerText ?? null", quote(css));
        let value = self
            .poll(&format!("{css} to be there"), &expression, |value| !value.is_null())
            .await;
        value.as_str().unwrap_or_default().trim().to_owned()
    }

    /// The visible texts of all such elements there are now.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let expression = format!(
            "[...document.querySelectorAll({})].map(e => e.innerText.trim())",
            quote(css)
        );
        let value = self.eval(&expression).await;
        serde_json::from_value(value).expect("a list of texts")
    }

    /// The value of the first such field, for which it waits.
    pub async fn value(&self, css: &str) -> String {
        let expression = format!("document.querySelector({})?.value ?? null", quote(css));
        let value = self
            .poll(&format!("{css} to be there"), &expression, |value| !value.is_null())
            .await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// How many such elements there are now.
    pub async fn count(&self, css: &str) -> usize {
        let value = self
            .eval(&format!("document.querySelectorAll({}).length", quote(css)))
            .await;
        usize::try_from(value.as_u64().unwrap_or_default()).expect("a small number")
    }

    /// Evaluates JavaScript in the page; a promise is awaited. Works even where the page's own scripts are off.
    ///
    /// # Panics
    /// When the script throws.
    pub async fn eval(&self, js: &str) -> Value {
        match self.try_eval(js).await {
            Ok(value) => value,
            Err(problem) => panic!("{js}: {problem}"),
        }
    }

    /// Takes a picture of what is seen, as PNG.
    pub async fn screenshot(&self, path: impl AsRef<Path>) {
        self.picture(path.as_ref(), json!({ "format": "png" })).await;
    }

    /// Takes a picture of the whole page, as PNG.
    pub async fn screenshot_all(&self, path: impl AsRef<Path>) {
        let size = self.ask("Page.getLayoutMetrics", json!({})).await;
        let mut clip = size["cssContentSize"].clone();
        clip["scale"] = 1.into();
        let params = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        self.picture(path.as_ref(), params).await;
    }

    async fn picture(&self, path: &Path, params: Value) {
        let answer = self.ask("Page.captureScreenshot", params).await;
        let png = base64::engine::general_purpose::STANDARD
            .decode(answer["data"].as_str().unwrap_or_default())
            .expect("a picture in Base64");
        std::fs::write(path, png).unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
    }

    /// The page as it would be printed, as PDF, on the paper its style sheet asks for.
    pub async fn pdf(&self) -> Vec<u8> {
        let params = json!({ "preferCSSPageSize": true, "printBackground": true });
        let answer = self.ask("Page.printToPDF", params).await;
        base64::engine::general_purpose::STANDARD
            .decode(answer["data"].as_str().unwrap_or_default())
            .expect("a document in Base64")
    }

    /// What went wrong so far: exceptions, `console.error`, resources that failed, content the policy refused.
    pub fn console_errors(&self) -> Vec<String> {
        self.state.borrow().errors.clone()
    }

    /// The words of the alerts and questions so far; each was answered with yes.
    pub fn dialogs(&self) -> Vec<String> {
        self.state.borrow().dialogs.clone()
    }

    /// Turns the scripts of pages opened from now on off, or on again.
    pub async fn set_javascript(&self, on: bool) {
        self.ask("Emulation.setScriptExecutionDisabled", json!({ "value": !on }))
            .await;
    }

    /// Cuts the page off the network, or connects it again.
    pub async fn set_offline(&self, offline: bool) {
        let params = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.ask("Network.emulateNetworkConditions", params).await;
    }

    /// Shows the page as it would be printed, or as on a screen again.
    pub async fn set_print(&self, print: bool) {
        let media = if print { "print" } else { "" };
        self.ask("Emulation.setEmulatedMedia", json!({ "media": media })).await;
    }

    async fn string(&self, js: &str) -> String {
        self.eval(js).await.as_str().unwrap_or_default().to_owned()
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        let answer = self.wire.ask(Some(&self.session), method, params).await;
        answer.unwrap_or_else(|problem| panic!("{method}: {problem}"))
    }

    async fn try_eval(&self, js: &str) -> Result<Value, String> {
        let params = json!({ "expression": js, "returnByValue": true, "awaitPromise": true, "userGesture": true });
        let mut answer = self.wire.ask(Some(&self.session), "Runtime.evaluate", params).await?;
        match answer.get("exceptionDetails") {
            Some(details) => {
                let description = details["exception"]["description"].as_str();
                Err(description.or(details["text"].as_str()).unwrap_or("thrown").to_owned())
            }
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// Evaluates again and again until the value is accepted. A document that goes away while it is asked is asked
    /// again in its new shape.
    async fn poll(&self, what: &str, expression: &str, accepts: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.state.clone();
        loop {
            state.mark_unchanged();
            let answer = self.try_eval(expression).await;
            match &answer {
                Ok(value) if accepts(value) => return value.clone(),
                _ if Instant::now() > deadline => self.give_up(what, &format!("{answer:?}")).await,
                _ => {
                    let _ = timeout(GLANCE, state.changed()).await;
                }
            }
        }
    }

    /// Waits for what the page reports by itself.
    async fn until(&self, what: &str, reached: impl FnMut(&State) -> bool) {
        let mut state = self.state.clone();
        let is_late = timeout(PATIENCE, state.wait_for(reached)).await.is_err();
        if is_late {
            self.give_up(what, "it does not come").await;
        }
    }

    /// Waits for the end of a navigation, if one has begun.
    async fn settle(&self) {
        // What the last action set off in the page is reported before this is answered. A document that is just going
        // away cannot answer, which is as good.
        let _ = self.try_eval("0").await;
        self.until("the page to be loaded", |state| !state.loading).await;
    }

    async fn give_up(&self, what: &str, last: &str) -> ! {
        let seen = "location.href + '\\n' + (document.body?.innerText ?? '').slice(0, 2000)";
        let seen = self.try_eval(seen).await.unwrap_or_default();
        let (seen, errors) = (seen.as_str().unwrap_or_default(), self.console_errors());
        panic!("waited {PATIENCE:?} for {what} ({last})\nthe page: {seen}\nits errors: {errors:?}");
    }
}

/// A JavaScript string literal.
fn quote(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
