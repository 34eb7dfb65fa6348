//! What workers of a cluster ask each other. Bodies of any type are taken, as upstream does.

use hyper::StatusCode;
use kconnect_connect::herder::Herder;

use super::ask;
use crate::bind;
use crate::exchange::Exchange;
use crate::reply::{Answer, Reply};

pub(crate) async fn put_task_configs(exchange: &Exchange<'_>, herder: &dyn Herder, name: &str) -> Answer {
    let configs = bind::task_configs(exchange.body())?;
    ask(herder, herder.put_task_configs(name.to_owned(), configs)).await?;
    Reply::empty(StatusCode::NO_CONTENT)
}

pub(crate) async fn fence(herder: &dyn Herder, name: &str) -> Answer {
    ask(herder, herder.fence_zombies(name)).await?;
    Reply::empty(StatusCode::NO_CONTENT)
}
