//! What the server takes on at a time: how many requests, how large and how slow they may be. Everything beyond is
//! told at once to come back in a moment; nobody waits in a queue without end. Limits per visitor are in `limits`.

use std::collections::HashMap;
use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower_http::timeout::TimeoutBody;

use crate::failure::Failure;
use crate::limits::Network;
use crate::routes::{RouteInfo, Who};

/// Bytes of a request that carries no files.
pub const SMALL: usize = 1024 * 1024;
/// Bytes of a request with files: several of 10 MB, base64 in the API.
pub const FILES: usize = 32 * 1024 * 1024;

/// Seconds after which a network that holds too many requests comes again.
const ONE_MOMENT: u32 = 5;

/// The bounds. The default is for one process on a small machine.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Requests at a time.
    pub at_once: usize,
    /// Requests with large bodies at a time; each may fill [`FILES`] bytes of memory.
    pub large_at_once: usize,
    /// Of both, what one network may hold at a time: slow bodies from one place leave turns for all others.
    pub one_network: usize,
    pub one_network_large: usize,
    /// How long a large one waits for its turn.
    pub wait: Duration,
    /// How long a request may take, reading its body included.
    pub whole: Duration,
    /// The same for a large one.
    pub whole_large: Duration,
    /// How long a body may send nothing.
    pub idle: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            at_once: 400,
            large_at_once: 12,
            one_network: 100,
            one_network_large: 4,
            wait: Duration::from_secs(20),
            whole: Duration::from_secs(60),
            whole_large: Duration::from_secs(180),
            idle: Duration::from_secs(15),
        }
    }
}

/// Is the right to call this route looked up in a row that somebody may change meanwhile?
fn held_back_for(who: Who) -> bool {
    use Who::{Auditor, Centre, CentreLead, Chair, Clerk, Lead, Member};
    matches!(who, Clerk | Lead | Auditor | Centre | CentreLead | Member | Chair)
}

/// The bounds with what runs now.
pub struct Guard {
    bounds: Bounds,
    /// (method, route) → bytes of a body at most, and whether its rights may end meanwhile.
    routes: HashMap<(&'static str, &'static str), (usize, bool)>,
    turns: Arc<Semaphore>,
    large: Arc<Semaphore>,
    /// (requests, large ones) that run now, by network.
    running: Mutex<HashMap<Network, (usize, usize)>>,
}

/// A place among those of one network, given back when the request is over.
struct Place<'a> {
    guard: &'a Guard,
    network: Network,
    large: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut running = self.guard.running.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(counts) = running.get_mut(&self.network) {
            *counts = match self.large {
                true => (counts.0, counts.1 - 1),
                false => (counts.0 - 1, counts.1),
            };
            if *counts == (0, 0) {
                running.remove(&self.network);
            }
        }
    }
}

impl Guard {
    pub fn new(bounds: Bounds, routes: &[RouteInfo]) -> Arc<Guard> {
        Arc::new(Guard {
            routes: routes
                .iter()
                .map(|r| ((r.method, r.path), (r.body, held_back_for(r.who))))
                .collect(),
            turns: Arc::new(Semaphore::new(bounds.at_once)),
            large: Arc::new(Semaphore::new(bounds.large_at_once)),
            running: Mutex::default(),
            bounds,
        })
    }

    /// A place for one more request of this network; `None`: it holds all that one network may. Everybody behind a
    /// proxy that nobody named comes from this machine, which is not counted.
    fn place(&self, network: Network, large: bool) -> Option<Option<Place<'_>>> {
        if network == Network::Own {
            return Some(None);
        }
        let mut running = self.running.lock().unwrap_or_else(|e| e.into_inner());
        let counts = running.entry(network).or_default();
        let (count, most) = match large {
            true => (&mut counts.1, self.bounds.one_network_large),
            false => (&mut counts.0, self.bounds.one_network),
        };
        if *count >= most {
            return None;
        }
        *count += 1;
        let guard = self;
        Some(Some(Place { guard, network, large }))
    }

    fn route(&self, request: &Request) -> (usize, bool) {
        let route = request.extensions().get::<MatchedPath>();
        route
            .and_then(|r| self.routes.get(&(request.method().as_str(), r.as_str())).copied())
            .unwrap_or((SMALL, false))
    }
}

fn megabytes(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(SMALL)).unwrap_or(u32::MAX)
}

/// Layer: inside of the frame, which turns refusals into pages and problems.
pub async fn guard(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    // Whoever watches over the server must be able to ask, also when it is full.
    if matches!(request.uri().path(), "/health" | "/health/backup") {
        return next.run(request).await;
    }
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let network = address.map_or(Network::Own, |a| Network::of(a.0.ip()));
    let Some(_place) = guard.place(network, false) else {
        return Failure::TooMany(ONE_MOMENT).into_response();
    };
    let Ok(_turn) = guard.turns.try_acquire() else {
        tracing::warn!("too many requests at a time");
        return Failure::Busy.into_response();
    };
    // No text of ours holds a NUL, and PostgreSQL could not even be asked for one: there is nothing of that name.
    if request
        .uri()
        .path_and_query()
        .is_some_and(|p| p.as_str().contains("%00"))
    {
        return Failure::Page.into_response();
    }
    let (most, desk) = guard.route(&request);
    let declared = request.body().size_hint().exact();
    let declared = declared.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if declared.is_some_and(|bytes| bytes > most) {
        return Failure::TooLarge(megabytes(most)).into_response();
    }
    // What says that it is small needs no turn among the large ones: slow uploads do not hold up forms.
    let large = most > SMALL && declared.is_none_or(|bytes| bytes > SMALL);
    let (_large, whole) = if large {
        let Some(place) = guard.place(network, true) else {
            return Failure::TooMany(ONE_MOMENT).into_response();
        };
        match timeout(guard.bounds.wait, guard.large.acquire()).await {
            Ok(Ok(turn)) => (Some((turn, place)), guard.bounds.whole_large),
            _ => return Failure::Busy.into_response(),
        }
    } else {
        (None, guard.bounds.whole)
    };
    let allowed = most;
    let most = declared.map_or(most, |bytes| bytes.min(most));
    let request = request.map(|body| Body::new(Limited::new(TimeoutBody::new(guard.bounds.idle, body), most)));
    let answer = async {
        let request = if desk {
            arrived(request, allowed).await?
        } else {
            request
        };
        Ok(next.run(request).await)
    };
    match timeout(whole, answer)
        .await
        .map(|answer: Result<_, Failure>| answer.into_response())
    {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!("a request took too long");
            Failure::Busy.into_response()
        }
    }
}

/// Waits for the whole body. Rights of a desk or an account are looked up after it: whoever holds a body back must not act with
/// rights that were taken away meanwhile.
async fn arrived(request: Request, most: usize) -> Result<Request, Failure> {
    let (head, body) = request.into_parts();
    match body.collect().await {
        Ok(body) => Ok(Request::from_parts(head, Body::from(body.to_bytes()))),
        Err(error) if error.source().is_some_and(|e| e.is::<LengthLimitError>()) => {
            Err(Failure::TooLarge(megabytes(most)))
        }
        Err(_) => Err(Failure::Incomplete),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::Router;
    use axum::body::{Bytes, HttpBody};
    use axum::routing::post;
    use hyper::body::Frame;
    use tower::ServiceExt as _;

    use super::*;

    /// A body that sends one piece and then nothing, for ever.
    #[derive(Default)]
    struct Never(bool);

    impl HttpBody for Never {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if std::mem::replace(&mut self.0, true) {
                return Poll::Pending;
            }
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"a")))))
        }
    }

    fn info(path: &'static str, body: usize) -> RouteInfo {
        RouteInfo {
            method: "POST",
            path,
            who: Who::Public,
            ids: &[],
            body_ids: &[],
            audit: "",
            cache: false,
            body,
        }
    }

    fn router(bounds: Bounds) -> Router {
        let guard = Guard::new(bounds, &[info("/files", FILES), info("/form", SMALL)]);
        let read = async |body: Bytes| body.len().to_string();
        Router::new()
            .route("/files", post(read))
            .route("/form", post(read))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .layer(axum::middleware::from_fn_with_state(guard, super::guard))
    }

    async fn status(router: &Router, path: &str, body: Body) -> u16 {
        let request = Request::post(path).body(body).expect("a request");
        let response = router.clone().oneshot(request).await.expect("an answer");
        response.status().as_u16()
    }

    fn short() -> Bounds {
        Bounds {
            idle: Duration::from_millis(30),
            ..Bounds::default()
        }
    }

    #[tokio::test]
    async fn a_body_may_not_stand_still_nor_take_for_ever() {
        let idle = router(short());
        assert_eq!(status(&idle, "/form", Body::new(Never::default())).await, 400);
        assert_eq!(status(&idle, "/files", Body::new(Never::default())).await, 400);
        let whole = router(Bounds {
            whole: Duration::from_millis(30),
            ..Bounds::default()
        });
        assert_eq!(status(&whole, "/form", Body::new(Never::default())).await, 503);
    }

    #[tokio::test]
    async fn who_names_no_length_hears_how_much_is_allowed() {
        let body = Body::new(Limited::new(Body::from(vec![0; 9]), 8));
        let request = Request::post("/files").body(body).expect("a request");
        let told = arrived(request, FILES).await;
        assert!(matches!(told, Err(Failure::TooLarge(mb)) if mb == megabytes(FILES) && mb > 1));
    }

    #[tokio::test]
    async fn megabytes_are_for_files_and_wait_for_their_turn() {
        let bytes = |n: usize| Body::from(vec![b'x'; n]);
        let open = router(short());
        assert_eq!(status(&open, "/form", bytes(SMALL)).await, 200);
        assert_eq!(status(&open, "/form", bytes(SMALL + 1)).await, 413);
        assert_eq!(status(&open, "/files", bytes(FILES)).await, 200);
        assert_eq!(status(&open, "/files", bytes(FILES + 1)).await, 413);
        let full = router(Bounds {
            large_at_once: 0,
            wait: Duration::from_millis(10),
            ..short()
        });
        assert_eq!(
            status(&full, "/files", bytes(SMALL)).await,
            200,
            "small ones need no turn"
        );
        assert_eq!(status(&full, "/files", bytes(SMALL + 1)).await, 503);
        assert_eq!(
            status(&full, "/files", Body::new(Never::default())).await,
            503,
            "nobody knows how large"
        );
        let none = router(Bounds { at_once: 0, ..short() });
        assert_eq!(status(&none, "/form", bytes(1)).await, 503);
    }

    #[tokio::test]
    async fn one_network_leaves_turns_for_the_others() {
        let few = router(Bounds {
            one_network: 1,
            one_network_large: 0,
            ..short()
        });
        let from = async |ip: [u8; 4], path: &str, body: Body| {
            let request = Request::post(path)
                .extension(ConnectInfo(SocketAddr::from((ip, 1))))
                .body(body)
                .expect("a request");
            few.clone().oneshot(request).await.expect("an answer").status().as_u16()
        };
        let slow = from([192, 0, 2, 1], "/form", Body::new(Never::default()));
        let meanwhile = async {
            tokio::task::yield_now().await;
            let same = from([192, 0, 2, 1], "/form", Body::empty()).await;
            let other = from([192, 0, 2, 2], "/form", Body::empty()).await;
            (same, other)
        };
        let (_, told) = tokio::join!(slow, meanwhile);
        assert_eq!(told, (429, 200));
        // Given back: the next one of the same network gets in, but for large ones there is no place at all.
        assert_eq!(from([192, 0, 2, 1], "/form", Body::empty()).await, 200);
        assert_eq!(
            from([192, 0, 2, 1], "/files", Body::from(vec![0; SMALL + 1])).await,
            429
        );
    }
}
