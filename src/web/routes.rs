//! The route list: every address with who may call it, said where the handler is named. [`Routes`] puts the check in front of
//! the handler itself, so that none can be forgotten, and keeps the list for the coverage test and for the reader.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};

use super::Web;
use super::error::WebError;
use super::extract::Visitor;
use crate::domain::access::{Actor, Refusal, Role};
use crate::services::Error;

/// Who may call a route at all. What they may do to which community is asked again, finer, by the use case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Public,
    /// Any logged-in account.
    LoggedIn,
    /// Community staff and administrators.
    Staff,
    /// Whoever may read numbers: staff, administrators, the district.
    Numbers,
    /// Staff, administrators and partners.
    StaffOrPartner,
    /// Partners.
    Partner,
    /// Staff, administrators, and devices at the door.
    Door,
}

impl Who {
    /// Whether somebody with this role (none: not logged in) may call.
    pub fn admits(self, role: Option<Role>) -> bool {
        match self {
            Who::Public => true,
            Who::LoggedIn => role.is_some(),
            Who::Staff | Who::Door => matches!(role, Some(Role::Admin | Role::Staff)),
            Who::Numbers => matches!(role, Some(Role::Admin | Role::Staff | Role::District)),
            Who::StaffOrPartner => matches!(role, Some(Role::Admin | Role::Staff | Role::Partner)),
            Who::Partner => role == Some(Role::Partner),
        }
    }

    /// Whether this actor may call: an account by its role, a device only what is open to devices.
    pub fn lets_in(self, actor: &Actor) -> bool {
        if actor.is_device() {
            matches!(self, Who::Public | Who::Door)
        } else {
            self.admits(actor.role())
        }
    }
}

/// One line of the list.
#[derive(Clone, Debug)]
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path with its parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
}

/// Routes being collected.
#[derive(Default)]
pub struct Routes {
    router: Router<Web>,
    list: Vec<Route>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a handler for GET (and HEAD).
    #[must_use]
    pub fn get<H: Handler<T, Web>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.on(Method::GET, MethodFilter::GET, path, who, handler)
    }

    /// Adds a handler for POST.
    #[must_use]
    pub fn post<H: Handler<T, Web>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.on(Method::POST, MethodFilter::POST, path, who, handler)
    }

    /// Adds a handler for PATCH.
    #[must_use]
    pub fn patch<H: Handler<T, Web>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.on(Method::PATCH, MethodFilter::PATCH, path, who, handler)
    }

    /// Adds a handler for PUT.
    #[must_use]
    pub fn put<H: Handler<T, Web>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.on(Method::PUT, MethodFilter::PUT, path, who, handler)
    }

    /// Adds a handler for DELETE.
    #[must_use]
    pub fn delete<H: Handler<T, Web>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.on(Method::DELETE, MethodFilter::DELETE, path, who, handler)
    }

    fn on<H: Handler<T, Web>, T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        who: Who,
        handler: H,
    ) -> Self {
        let guarded = on(filter, handler).route_layer(middleware::from_fn(move |request: Request, next: Next| {
            admit(who, request, next)
        }));
        self.router = self.router.route(path, guarded);
        self.list.push(Route { method, path, who });
        self
    }

    /// Adds all of another list.
    #[must_use]
    pub fn merge(mut self, other: Routes) -> Self {
        self.router = self.router.merge(other.router);
        self.list.extend(other.list);
        self
    }

    /// The list.
    pub fn list(&self) -> &[Route] {
        &self.list
    }

    /// The router.
    pub fn into_router(self) -> Router<Web> {
        self.router
    }
}

async fn admit(who: Who, request: Request, next: Next) -> Response {
    let visitor = request.extensions().get::<Visitor>().cloned().unwrap_or_default();
    if who.lets_in(&visitor.actor) {
        return next.run(request).await;
    }
    let refusal = if visitor.actor == Actor::Public {
        Refusal::NotLoggedIn
    } else {
        Refusal::Role
    };
    WebError::new(&visitor, Error::Forbidden(refusal)).into_response()
}
