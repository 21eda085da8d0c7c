//! Somebody in front of a browser: what they see must fit their window and set off no error.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;

use crate::support::browser::{Browser, Page};
use crate::support::seed;

/// A telephone as many seniors have it.
pub const PHONE: (u32, u32) = (360, 740);
/// The screen in a community office.
pub const DESK: (u32, u32) = (1366, 768);

/// What was wrong on the pages of a story. It is told at the end, all at once, so that one fault does not hide the others.
#[derive(Clone, Default)]
pub struct Faults(Rc<RefCell<Vec<String>>>);

impl Faults {
    /// The end of the story.
    ///
    /// # Panics
    /// When anything was wrong on the way.
    pub fn none(&self) {
        let faults = self.0.borrow();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

/// One person with one window.
pub struct Person {
    /// The window.
    pub page: Page,
    who: &'static str,
    width: u32,
    base: String,
    faults: Faults,
    /// Pictures taken so far, to number them in the order of the story.
    pictures: Cell<u32>,
    /// Errors of the page already noted.
    noted: Cell<usize>,
}

impl Person {
    /// Somebody new, with no cookies.
    pub async fn new(browser: &Browser, base: &str, who: &'static str, size: (u32, u32), faults: &Faults) -> Self {
        Self::at(browser.page(size.0, size.1).await, base.to_owned(), who, size.0, faults)
    }

    /// The same person with another window: logged in here is logged in there.
    pub async fn beside(&self, browser: &Browser, who: &'static str, size: (u32, u32)) -> Self {
        let page = browser.page_beside(&self.page, size.0, size.1).await;
        Self::at(page, self.base.clone(), who, size.0, &self.faults)
    }

    fn at(page: Page, base: String, who: &'static str, width: u32, faults: &Faults) -> Self {
        Self {
            page,
            who,
            width,
            base,
            faults: faults.clone(),
            pictures: Cell::new(0),
            noted: Cell::new(0),
        }
    }

    /// Types an address of ours.
    pub async fn open(&self, path: &str) {
        self.page.goto(&format!("{}{path}", self.base)).await;
    }

    /// Logs in through the form.
    pub async fn log_in(&self, username: &str) {
        self.open("/login").await;
        self.look("login").await;
        self.page.fill("#username", username).await;
        self.page.fill("#password", seed::PASSWORD).await;
        self.page.click("main form button").await;
    }

    /// Picks one of the answers `name` offers, by pressing its label.
    pub async fn pick(&self, name: &str, value: &str) {
        let css = format!("input[name={name}][value=\"{value}\"]");
        let id = format!("document.querySelector({css:?})?.id ?? ''");
        self.page
            .wait_until(&format!("{name} to offer {value}"), &format!("({id}) !== ''"))
            .await;
        let id = self.page.eval(&id).await;
        let id = id.as_str().expect("an id");
        self.page.click(&format!("label[for=\"{id}\"]")).await;
        self.page
            .wait_until(
                &format!("{name} to be {value}"),
                &format!("document.querySelector({css:?})?.checked === true"),
            )
            .await;
    }

    /// Looks at what is seen now: it must fit the window, and nothing may have gone wrong so far. With
    /// `XIANGLAO_SCREENSHOTS=FOLDER` a picture is kept.
    pub async fn look(&self, what: &str) {
        let path = self.page.url().await;
        let number = self.pictures.get() + 1;
        self.pictures.set(number);
        if let Some(folder) = std::env::var_os("XIANGLAO_SCREENSHOTS") {
            let name = format!("{}-{number:02}-{what}-{}.png", self.who, self.width);
            let folder = PathBuf::from(folder);
            std::fs::create_dir_all(&folder).expect("the folder for pictures");
            self.page.screenshot_all(folder.join(name)).await;
        }
        let wide = self.page.eval(TOO_WIDE).await;
        let mut faults = self.faults.0.borrow_mut();
        if wide != serde_json::json!([]) {
            faults.push(format!(
                "{} at {} pixels: {path} moves sideways: {wide:#}",
                self.who, self.width
            ));
        }
        let errors = self.page.console_errors();
        let new = errors.iter().skip(self.noted.replace(errors.len()));
        faults.extend(new.map(|error| format!("{} at {path}: {error}", self.who)));
    }
}

/// The elements that stick out, when the page can be moved sideways.
const TOO_WIDE: &str = r"(() => {
    const width = document.documentElement.clientWidth;
    const widest = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth);
    if (widest <= width) return [];
    const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1);
    return [`${widest} > ${width}`, ...out.slice(0, 8).map(e => e.outerHTML.slice(0, 120))];
})()";
