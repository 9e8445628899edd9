//! HTTP: the public pages (`apply`, `case`), accounts of people and clubs
//! (`account`), the desk (`desk`), the calendar of the rooms (`calendar`), the
//! municipality's settings (`office`), the store where it takes services online (`offering`) and the API (`api`). Handlers parse, ask `schema` and `domain`, write through `store`, and render.
//! No SQL, no rules, no PDF engine.

pub mod account;
mod alarm;
pub mod api;
pub mod apply;
mod assets;
pub mod calendar;
pub mod case;
pub mod cockpit;
pub mod consult;
pub mod desk;
pub mod failure;
pub mod format;
pub mod frame;
pub mod guard;
mod health;
pub mod identity;
pub mod join;
pub mod leicht;
pub mod limits;
pub mod offer;
pub mod offering;
pub mod office;
pub mod page;
pub mod passkey;
pub mod reach;
pub mod reply;
pub mod req;
pub mod routes;
mod security_txt;
pub mod state;
pub mod submission;
pub mod taken;
pub mod version;
pub mod work;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;

use crate::guard::Bounds;
use crate::routes::{RouteInfo, Table, Who};
use crate::state::App;

/// The whole route table.
pub fn table() -> Table {
    let table = security_txt::routes(health::routes(Table::default()))
        .get("/assets/{*path}", Who::Public, assets::serve)
        .cached();
    let table = case::routes(account::routes(apply::routes(table)));
    let table = join::routes(cockpit::routes(table));
    calendar::routes(consult::routes(offering::routes(office::routes(desk::routes(
        api::routes(table),
    )))))
}

/// All routes with what they declare: for tests and documents.
pub fn route_infos() -> Vec<RouteInfo> {
    table().infos
}

/// The application.
pub fn router(app: App) -> Router {
    bounded(app, Bounds::default())
}

/// The application with bounds of one's own.
pub fn bounded(app: App, bounds: Bounds) -> Router {
    let (router, infos) = table().into_parts();
    let guard = guard::Guard::new(bounds, &infos);
    router
        .layer(axum::middleware::from_fn_with_state(app.clone(), desk::unsent::keep))
        .layer(axum::middleware::from_fn_with_state(app.clone(), version::look))
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn_with_state(guard, guard::guard))
        .layer(CatchPanicLayer::new())
        .layer(CsrfLayer::new())
        .layer(axum::middleware::from_fn_with_state(app.clone(), frame::frame))
        .layer(CompressionLayer::new())
        .layer(axum::middleware::from_fn_with_state(app.clone(), frame::behind_proxy))
        .with_state(app)
}
