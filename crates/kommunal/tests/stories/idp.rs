//! An identity provider on the loopback that says what a story wants it to, signed with a key of its own. There is no page
//! to log in: the story goes the browser's way itself. The real one is in the browser's stories.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use schema::Assurance;
use serde_json::{Value, json};
use web::account::vouch::Voucher;
use web::identity::{Provider, ProviderConfig};

use crate::actors::{Browser, Page};

const CLIENT: &str = "kommunal";

/// What a code is given for.
struct Grant {
    /// Words of the token, and what is said when asked.
    token: Value,
    claims: Value,
    challenge: String,
    signed: bool,
}

pub struct Idp {
    pub url: String,
    key: KeyPair,
    grants: Mutex<BTreeMap<String, Grant>>,
}

/// One for all stories of a run.
pub static IDP: LazyLock<Arc<Idp>> = LazyLock::new(Idp::start);

/// The browser's way there: what it was sent along.
#[derive(Clone)]
pub struct Way {
    pub state: String,
    pub nonce: String,
    challenge: String,
    /// Levels that were asked for.
    pub acr: String,
    back: String,
}

/// A number of the DER: what stands at `at`, and where it ends.
fn number(der: &[u8], at: usize) -> (Vec<u8>, usize) {
    assert_eq!(der[at], 2, "a number");
    let (length, from) = match der[at + 1] {
        0x82 => (usize::from(der[at + 2]) << 8 | usize::from(der[at + 3]), at + 4),
        0x81 => (usize::from(der[at + 2]), at + 3),
        short => (usize::from(short), at + 2),
    };
    let whole = &der[from..from + length];
    let bare = whole.strip_prefix(&[0]).unwrap_or(whole);
    (bare.to_vec(), from + length)
}

impl Idp {
    fn start() -> Arc<Idp> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let idp = Arc::new(Idp {
            url,
            key: KeyPair::generate(KeySize::Rsa2048).expect("a key"),
            grants: Mutex::default(),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(about))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .route("/me", get(me))
            .with_state(idp.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await.expect("it serves");
            });
        });
        idp
    }

    /// As the operator would set it up.
    pub fn voucher(&self, organisation: bool) -> Voucher {
        let provider = Provider::new(ProviderConfig {
            name: if organisation {
                "Mein Unternehmenskonto"
            } else {
                "BundID"
            }
            .into(),
            issuer: self.url.clone(),
            client_id: CLIENT.into(),
            client_secret: "ein-geheimnis".into(),
            acr: Vec::new(),
            scopes: vec!["profile".into()],
            claims: true,
        });
        let levels = [
            ("loa-1", Assurance::Low),
            ("loa-2", Assurance::Substantial),
            ("loa-3", Assurance::High),
        ];
        let claims = [
            ("name", "name"),
            ("email", "email"),
            ("street", "address.street_address"),
            ("postal_code", "address.postal_code"),
            ("town", "address.locality"),
            ("organisation", "organization"),
        ];
        Voucher {
            id: if organisation { "organisation" } else { "person" },
            organisation,
            provider: provider.expect("a provider"),
            levels: levels.map(|(word, level)| (word.to_owned(), level)).to_vec(),
            claims: claims.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec(),
        }
    }

    /// What the provider would say of this person who came this way.
    pub fn words(&self, way: &Way, who: &str, acr: &str) -> Value {
        json!({
            "iss": self.url, "sub": who, "aud": CLIENT, "exp": 4_102_444_800_i64, "iat": 1_700_000_000, "nonce": way.nonce, "acr": acr,
        })
    }

    /// A code for these words, as the browser carries it.
    pub fn code(&self, way: &Way, token: Value, claims: Value, signed: bool) -> String {
        let mut grants = self.grants.lock().expect("grants");
        let code = format!("code-{}", grants.len());
        let challenge = way.challenge.clone();
        grants.insert(
            code.clone(),
            Grant {
                token,
                claims,
                challenge,
                signed,
            },
        );
        code
    }

    fn sign(&self, words: &Value, signed: bool) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        if !signed {
            return format!("{}.{}.", part(&json!({ "alg": "none" })), part(words));
        }
        let told = format!("{}.{}", part(&json!({ "alg": "RS256", "kid": "1" })), part(words));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), told.as_bytes(), &mut signature)
            .expect("a signature");
        format!("{told}.{}", BASE64.encode(signature))
    }
}

async fn about(State(idp): State<Arc<Idp>>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", idp.url);
    Json(json!({
        "issuer": idp.url, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"), "userinfo_endpoint": at("/me"),
        "jwks_uri": at("/jwks"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

async fn keys(State(idp): State<Arc<Idp>>) -> Json<Value> {
    let der = idp.key.public_key().as_ref().to_vec();
    let inner = if der[1] == 0x82 { 4 } else { 3 };
    let (n, end) = number(&der, inner);
    let (e, _) = number(&der, end);
    Json(
        json!({ "keys": [{ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": BASE64.encode(n), "e": BASE64.encode(e) }] }),
    )
}

async fn token(State(idp): State<Arc<Idp>>, Form(sent): Form<BTreeMap<String, String>>) -> Response {
    let wrong = || (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    let grants = idp.grants.lock().expect("grants");
    let (Some(code), Some(verifier)) = (sent.get("code"), sent.get("code_verifier")) else {
        return wrong();
    };
    let Some(grant) = grants.get(code) else { return wrong() };
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    if BASE64.encode(hash) != grant.challenge {
        return wrong();
    }
    Json(json!({ "access_token": code, "token_type": "Bearer", "id_token": idp.sign(&grant.token, grant.signed) }))
        .into_response()
}

async fn me(State(idp): State<Arc<Idp>>, headers: HeaderMap) -> Response {
    let grants = idp.grants.lock().expect("grants");
    let bearer = headers
        .get("authorization")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    match bearer.strip_prefix("Bearer ").and_then(|code| grants.get(code)) {
        Some(grant) => {
            let mut said = grant.claims.clone();
            if said.get("sub").is_none() {
                said["sub"] = grant.token["sub"].clone();
            }
            Json(said).into_response()
        }
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// Where a browser is sent, by the address of the provider that it was given.
pub fn way(address: &str) -> Way {
    let query = address.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).expect("a query");
    let get = |name: &str| {
        pairs
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.clone())
            .unwrap_or_default()
    };
    assert!(
        get("code_challenge_method") == "S256" && get("response_type") == "code",
        "{address}"
    );
    let back = get("redirect_uri");
    Way {
        state: get("state"),
        nonce: get("nonce"),
        challenge: get("code_challenge"),
        acr: get("acr_values"),
        back: back.trim_start_matches("http://localhost").to_owned(),
    }
}

impl Way {
    /// The way back with this code.
    pub fn back(&self, code: &str) -> String {
        let (code, state) = (web::frame::urlencode(code), web::frame::urlencode(&self.state));
        format!("{}?code={code}&state={state}", self.back)
    }
}

/// A browser goes there from one of our links.
pub async fn goes(browser: &mut Browser, link: &str) -> Way {
    let page = browser.get(link).await;
    assert!(
        page.status == 303 && page.location.starts_with(&IDP.url),
        "{link}: {} {}",
        page.status,
        page.text()
    );
    way(&page.location)
}

/// There, proven as `who` with the level `acr`, and back.
pub async fn proves(browser: &mut Browser, link: &str, (who, acr): (&str, &str), claims: &Value) -> Page {
    let way = goes(browser, link).await;
    let code = IDP.code(&way, IDP.words(&way, who, acr), claims.clone(), true);
    browser.get(&way.back(&code)).await
}
