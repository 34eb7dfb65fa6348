//! `kconnect broker`: the embedded broker by itself.

use kconnect_broker::Broker;

use super::Failure;
use super::args;
use crate::signals;

#[allow(clippy::print_stdout)] // The address is the command's data.
pub async fn run(args: &args::Broker) -> Result<(), Failure> {
    let mut builder = Broker::builder().listen(args.listen.as_str()).nodes(args.nodes).null_mode(args.null);
    if let Some(dir) = &args.data_dir {
        builder = builder.data_dir(dir);
    }
    let broker = builder.start().await?;
    println!("listening on {} (for one machine: no replication, no security)", broker.bootstrap());
    signals::asked_to_stop().await;
    broker.shutdown().await;
    Ok(())
}
