//! An identity provider vouches for somebody (OpenID Connect: code flow with PKCE, state and nonce). Belongs here: the
//! two steps of that and what is checked. Not here: who this is at ours (`desk/provider.rs`, `account/provider.rs`).
//! Signatures, issuer, audience, nonce and times are checked by `openidconnect`; the issuer named in the way back
//! (RFC 9207) and the level of assurance here. Whatever cannot be checked is a no.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AdditionalClaims, AsyncHttpClient, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SubjectIdentifier, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

/// How long what the provider says about itself is believed.
const KNOWN_FOR: Duration = Duration::from_secs(10 * 60);
const PATIENCE: Duration = Duration::from_secs(10);

/// The operator's settings.
pub struct ProviderConfig {
    /// As people know it: `Landeskonto`.
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
    /// Levels of assurance (`acr`) that count; empty: any, and then it counts as a password does.
    pub acr: Vec<String>,
    /// Asked for besides `openid`.
    pub scopes: Vec<String>,
    /// What it says of somebody is wanted, too.
    pub claims: bool,
}

/// Whatever a provider says beside the standard's own words.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Anything(Map<String, Value>);

impl AdditionalClaims for Anything {}

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// An identity provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider {
    config: Arc<ProviderConfig>,
    http: Http,
    known: Arc<tokio::sync::Mutex<Option<(Instant, CoreProviderMetadata)>>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Provider({})", self.config.issuer)
    }
}

#[derive(Clone)]
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.execute(reqwest::Request::try_from(request)?).await?;
            let mut response = HttpResponse::new(Vec::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await?.to_vec();
            Ok(response)
        })
    }
}

/// Between the two steps; kept with us, never with the browser.
#[derive(Debug, Serialize, Deserialize)]
pub struct Started {
    state: String,
    nonce: String,
    verifier: String,
}

/// What the provider sends back by the browser.
#[derive(Debug, Default, Deserialize)]
pub struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

/// Who somebody is at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Issuer and subject: together they name one person.
    pub who: String,
    /// The level of assurance was asked for and is there.
    pub assured: bool,
    /// As the provider names it.
    pub acr: Option<String>,
    /// What the provider says of them, if that is wanted.
    pub claims: Map<String, Value>,
}

/// Why there is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoProof {
    /// The provider does not answer, or not as it should. Logged.
    Unreachable,
    /// The person stopped there, or the provider refused.
    Stopped,
    /// What came back does not prove anything. Logged.
    Invalid,
}

impl Provider {
    /// # Errors
    /// One German sentence.
    pub fn new(config: ProviderConfig) -> Result<Provider, String> {
        let roots = rustls::RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            // A provider that sends us elsewhere could have us ask anybody inside the house.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|e| e.to_string())?;
        Ok(Provider {
            config: Arc::new(config),
            http: Http(http),
            known: Arc::default(),
        })
    }

    pub fn name(&self) -> &str {
        &self.config.name
    }

    async fn metadata(&self) -> Result<CoreProviderMetadata, NoProof> {
        if let Some((at, metadata)) = self.known.lock().await.as_ref()
            && at.elapsed() < KNOWN_FOR
        {
            return Ok(metadata.clone());
        }
        let issuer = IssuerUrl::new(self.config.issuer.clone()).map_err(unreachable)?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http)
            .await
            .map_err(unreachable)?;
        *self.known.lock().await = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    fn client(&self, metadata: CoreProviderMetadata, back: &str) -> Result<Client, NoProof> {
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(self.config.client_id.clone()),
            Some(ClientSecret::new(self.config.client_secret.clone())),
        );
        Ok(client.set_redirect_uri(RedirectUrl::new(back.to_owned()).map_err(unreachable)?))
    }

    /// Levels of assurance that count.
    pub fn acr(&self) -> &[String] {
        &self.config.acr
    }

    /// Where the browser has to go, and what to keep for its way back to `back`. `anew`: whoever is logged in there
    /// already is asked again, so that nobody connects a colleague's account. `acr`: levels of assurance to ask for.
    pub async fn begin(&self, back: &str, anew: bool, acr: &[String]) -> Result<(String, Started), NoProof> {
        let client = self.client(self.metadata().await?, back)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        if anew {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        for scope in &self.config.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        for acr in acr {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
        }
        let (url, state, nonce) = request.url();
        let started = Started {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        };
        Ok((url.to_string(), started))
    }

    /// What the browser brought back proves.
    pub async fn finish(&self, back: &str, started: Started, answer: Answer) -> Result<Proven, NoProof> {
        if !bool::from(started.state.as_bytes().ct_eq(answer.state.as_bytes())) {
            return Err(invalid("state"));
        }
        if answer.error.is_some() {
            return Err(NoProof::Stopped);
        }
        let metadata = self.metadata().await?;
        if answer.iss.is_some_and(|iss| iss != **metadata.issuer()) {
            return Err(invalid("iss"));
        }
        let client = self.client(metadata, back)?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(answer.code))
            .map_err(unreachable)?
            .set_pkce_verifier(PkceCodeVerifier::new(started.verifier))
            .request_async(&self.http)
            .await
            .map_err(|e| match e {
                RequestTokenError::ServerResponse(said) => invalid(said.error().as_ref()),
                RequestTokenError::Request(e) => unreachable(e),
                _ => invalid("the answer to the code"),
            })?;
        let Some(token) = tokens.id_token() else {
            return Err(invalid("no id token"));
        };
        let nonce = Nonce::new(started.nonce);
        let claims = token
            .claims(&client.id_token_verifier(), &nonce)
            .map_err(|_| invalid("id token"))?;
        let level = claims.auth_context_ref().map(|acr| acr.as_str());
        let assured = self.config.acr.iter().any(|wanted| Some(wanted.as_str()) == level);
        if !assured && !self.config.acr.is_empty() {
            return Err(invalid("acr"));
        }
        let mut said = Map::new();
        if self.config.claims {
            said = words_of(&token.to_string());
            said.extend(self.asked(&client, &tokens, claims.subject()).await?);
        }
        Ok(Proven {
            who: format!("{}\n{}", claims.issuer().as_str(), claims.subject().as_str()),
            assured,
            acr: level.map(str::to_owned),
            claims: said,
        })
    }

    /// What the provider says when it is asked for it; of somebody else it is a no.
    async fn asked(
        &self,
        client: &Client,
        tokens: &CoreTokenResponse,
        subject: &SubjectIdentifier,
    ) -> Result<Map<String, Value>, NoProof> {
        let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject.clone())) else {
            return Ok(Map::new());
        };
        let answer: UserInfoClaims<Anything, CoreGenderClaim> =
            request.request_async(&self.http).await.map_err(unreachable)?;
        match serde_json::to_value(&answer) {
            Ok(Value::Object(said)) => Ok(said),
            _ => Err(invalid("what is said of the person")),
        }
    }
}

/// The words of a token whose signature was checked.
fn words_of(token: &str) -> Map<String, Value> {
    let part = token.split('.').nth(1).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn unreachable(error: impl std::error::Error) -> NoProof {
    let mut causes = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        causes = format!("{causes}: {cause}");
        next = cause.source();
    }
    tracing::warn!("identity provider: {causes}");
    NoProof::Unreachable
}

/// What is wrong, without what came.
fn invalid(what: &str) -> NoProof {
    tracing::warn!("identity provider: the answer proves nothing ({what})");
    NoProof::Invalid
}
