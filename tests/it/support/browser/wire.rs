//! The DevTools protocol over a WebSocket: commands and their answers, and what pages report by themselves.
//!
//! <https://chromedevtools.github.io/devtools-protocol/>

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// The connection of one test.
pub(super) struct Wire {
    numbers: AtomicU64,
    outgoing: mpsc::UnboundedSender<Message>,
    shared: Arc<Shared>,
    running: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<HashMap<u64, oneshot::Sender<Result<Value, String>>>>,
    pages: Mutex<HashMap<String, watch::Sender<State>>>,
}

/// What a page has reported by itself.
#[derive(Default)]
pub(super) struct State {
    /// The frame of the page itself, not of one embedded in it.
    pub frame: String,
    /// Whether a document is asked for or arriving.
    pub loading: bool,
    /// The loaders whose `load` event came.
    pub loaded: HashSet<String>,
    /// Errors of scripts, resources, and the content security policy.
    pub errors: Vec<String>,
    /// The words of alerts and questions; each was answered with yes.
    pub dialogs: Vec<String>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Wire {
    pub async fn connect(address: &str) -> Self {
        let (mut socket, _) = tokio_tungstenite::connect_async(address)
            .await
            .expect("chromium answers");
        let (outgoing, mut to_send) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::default());
        let running = tokio::spawn({
            let (shared, outgoing) = (Arc::clone(&shared), outgoing.clone());
            async move {
                loop {
                    tokio::select! {
                        Some(message) = to_send.recv() => {
                            if socket.send(message).await.is_err() {
                                break;
                            }
                        }
                        received = socket.next() => match received {
                            Some(Ok(Message::Text(text))) => shared.take(&text, &outgoing),
                            Some(Ok(_)) => {}
                            _ => break,
                        },
                    }
                }
                // Whoever still waits learns that no answer will come.
                shared.waiting.lock().unwrap().clear();
            }
        });
        Self {
            numbers: AtomicU64::new(1),
            outgoing,
            shared,
            running,
        }
    }

    /// Starts to listen to a page.
    pub fn watch(&self, session: &str, frame: &str) -> watch::Receiver<State> {
        let sender = watch::Sender::new(State {
            frame: frame.to_owned(),
            ..State::default()
        });
        let receiver = sender.subscribe();
        self.shared.pages.lock().unwrap().insert(session.to_owned(), sender);
        receiver
    }

    /// Changes what is known of a page.
    pub fn amend(&self, session: &str, change: impl FnOnce(&mut State)) {
        if let Some(page) = self.shared.pages.lock().unwrap().get(session) {
            page.send_modify(change);
        }
    }

    /// Gives a command and waits for its answer; the error is the browser's own words.
    pub async fn ask(&self, session: Option<&str>, method: &str, params: Value) -> Result<Value, String> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.shared.waiting.lock().unwrap().insert(number, sender);
        let mut command = json!({ "id": number, "method": method, "params": params });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let gone = || format!("{method}: chromium is gone");
        self.outgoing
            .send(Message::Text(command.to_string().into()))
            .map_err(|_| gone())?;
        match tokio::time::timeout(ANSWER_WITHIN, receiver).await {
            Ok(answer) => answer.unwrap_or_else(|_| Err(gone())),
            Err(_) => Err(format!("{method}: no answer within {ANSWER_WITHIN:?}")),
        }
    }
}

impl Shared {
    fn take(&self, text: &str, outgoing: &mpsc::UnboundedSender<Message>) {
        let Ok(mut message) = serde_json::from_str::<Value>(text) else {
            return;
        };
        if let Some(number) = message["id"].as_u64() {
            let answer = match message.get("error") {
                Some(error) => Err(error["message"].as_str().unwrap_or_default().to_owned()),
                None => Ok(message["result"].take()),
            };
            if let Some(waiting) = self.waiting.lock().unwrap().remove(&number) {
                let _ = waiting.send(answer);
            }
            return;
        }
        let (Some(method), Some(session)) = (message["method"].as_str(), message["sessionId"].as_str()) else {
            return;
        };
        let params = &message["params"];
        if method == "Page.javascriptDialogOpening" {
            // Number 0 is nobody's: the answer interests nobody.
            let yes = json!({
                "id": 0, "sessionId": session, "method": "Page.handleJavaScriptDialog", "params": { "accept": true },
            });
            let _ = outgoing.send(Message::Text(yes.to_string().into()));
        }
        if let Some(page) = self.pages.lock().unwrap().get(session) {
            page.send_if_modified(|state| state.learn(method, params));
        }
    }
}

impl State {
    /// Takes in an event; false when it says nothing new.
    fn learn(&mut self, method: &str, params: &Value) -> bool {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let is_ours = params["frameId"] == self.frame;
        match method {
            "Page.frameRequestedNavigation" | "Page.frameStartedLoading" if is_ours => self.loading = true,
            "Page.frameStoppedLoading" | "Page.downloadWillBegin" if is_ours => self.loading = false,
            "Page.lifecycleEvent" if is_ours && params["name"] == "load" => {
                self.loaded.insert(text(&params["loaderId"]));
            }
            "Page.javascriptDialogOpening" => self.dialogs.push(text(&params["message"])),
            "Runtime.exceptionThrown" => {
                let details = &params["exceptionDetails"];
                let thrown = text(&details["exception"]["description"]);
                self.errors.push(format!("{} {thrown}", text(&details["text"])));
            }
            "Runtime.consoleAPICalled" if params["type"] == "error" || params["type"] == "assert" => {
                let words = params["args"].as_array().into_iter().flatten();
                let words: Vec<String> = words
                    .map(|word| match &word["value"] {
                        Value::Null => text(&word["description"]),
                        Value::String(word) => word.clone(),
                        other => other.to_string(),
                    })
                    .collect();
                self.errors.push(words.join(" "));
            }
            "Log.entryAdded" if params["entry"]["level"] == "error" => {
                let entry = &params["entry"];
                self.errors
                    .push(format!("{} {}", text(&entry["text"]), text(&entry["url"])));
            }
            _ => return false,
        }
        true
    }
}
