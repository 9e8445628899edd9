//! Static files, bundled into the binary at build: our style and scripts, KERN and its fonts. Addresses
//! carry the build's mark, so that caches may keep them for good.

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::failure::{Failure, Result};

#[derive(RustEmbed)]
#[folder = "../../assets"]
struct Own;

#[derive(RustEmbed)]
#[folder = "../../node_modules/@kern-ux/native/dist"]
#[include = "kern.min.css"]
#[include = "fonts/fira-sans.css"]
#[include = "fonts/**/*.woff2"]
struct Kern;

pub async fn serve(Path(path): Path<String>) -> Result<Response> {
    let file = match path.strip_prefix("kern/") {
        Some(rest) => Kern::get(rest),
        None => Own::get(&path),
    };
    let file = file.ok_or(Failure::Page)?;
    let kind = match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "png" => "image/png",
        _ => "application/octet-stream",
    };
    let mut response = (StatusCode::OK, file.data.into_owned()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    Ok(response)
}
