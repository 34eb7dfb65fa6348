//! `/connector-plugins`.

use kconnect_connect::herder::Herder;
use serde_json::Value as Json;

use super::ask;
use crate::error::{Failure, of_validation};
use crate::exchange::Exchange;
use crate::reply::{Answer, Reply};
use crate::{bind, entities};

pub(crate) fn list(exchange: &Exchange<'_>, herder: &dyn Herder) -> Answer {
    // A key without a value keeps the default.
    let only = exchange
        .query
        .first("connectorsOnly")
        .is_none_or(|value| value.is_empty() || value.eq_ignore_ascii_case("true"));
    Reply::ok(herder.plugins(only).iter().map(entities::plugin).collect::<Json>())
}

pub(crate) fn config(exchange: &Exchange<'_>, herder: &dyn Herder, class: &str) -> Answer {
    let keys = herder.plugin_config(class, exchange.query.first("version"))?;
    Reply::ok(keys.iter().map(entities::config_key).collect::<Json>())
}

pub(crate) async fn validate(exchange: &Exchange<'_>, herder: &dyn Herder, class: &str) -> Answer {
    let config = bind::string_map(exchange.json()?)?;
    if let Some(Some(included)) = config.get("connector.class") {
        // Only the end of the name is compared, so an alias in the path fits the full class.
        if !without_suffix(included).ends_with(without_suffix(class)) {
            return Err(Failure::bad_request(format!(
                "Included connector type {included} does not match request type {class}"
            )));
        }
    }
    let infos = ask(herder, herder.validate_connector_config(config)).await.map_err(of_validation)?;
    Reply::ok(entities::config_infos(&infos))
}

fn without_suffix(class: &str) -> &str {
    class.strip_suffix("Connector").filter(|short| !short.is_empty()).unwrap_or(class)
}
