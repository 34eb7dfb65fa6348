//! What the fuzz targets call: a request up to the question for the herder, without I/O. Only with feature `fuzzing`.

use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Uri};

use crate::error::Failure;
use crate::router::{Query, Resource};
use crate::{bind, exchange, media, routes};

/// Judges a request in the order in which the server does; `Err` is the status of the refusal.
pub fn judge(method: &Method, uri: &Uri, types: [Option<&[u8]>; 2], body: &[u8]) -> Result<(), u16> {
    let refused = |failure: Failure| failure.status.as_u16();
    let resource = Resource::find(uri.path()).map_err(refused)?.ok_or(404_u16)?;
    if !resource.methods().contains(&method.as_str()) {
        return Err(405);
    }
    let mut headers = HeaderMap::new();
    for (name, value) in [header::CONTENT_TYPE, header::ACCEPT].into_iter().zip(types) {
        let Some(value) = value else { continue };
        headers.insert(name, HeaderValue::from_bytes(value).map_err(|_| 400_u16)?);
    }
    media::sent(&headers, resource.is_restricted(method)).map_err(refused)?;
    media::negotiate(&headers).map_err(refused)?;
    let query = Query::parse(uri.query());
    let _ = (query.flag("includeTasks", false), query.all("expand").count());
    bound(&resource, method, body).map_err(refused)
}

/// Reads the body as the resource does.
fn bound(resource: &Resource, method: &Method, body: &[u8]) -> Result<(), Failure> {
    let writes = !matches!(*method, Method::GET | Method::HEAD | Method::DELETE | Method::OPTIONS);
    match resource {
        Resource::Connectors if writes => bind::create_request(body).map(drop),
        Resource::Config(_) | Resource::PluginValidate(_) | Resource::Logger(_) if writes => {
            bind::string_map(body).map(drop)
        }
        Resource::Offsets(_) if writes => bind::offsets(body).map(drop),
        Resource::PluginPreview(class) if writes => routes::preview::request(body, class).map(drop),
        Resource::Tasks(_) if writes => bind::task_configs(body).map(drop),
        _ => Ok(()),
    }
}

/// The connector that the path made of `name` leads back to.
pub fn there_and_back(name: &str) -> Option<String> {
    match Resource::find(&format!("/connectors/{}", exchange::encode_name(name))) {
        Ok(Some(Resource::Connector(found))) => Some(found),
        _ => None,
    }
}
