//! `kconnect group`: list, describe.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use kconnect_client::admin::{Admin, Isolation, OffsetSpec};

use super::Failure;
use super::args::Group;
use super::topic::connect;

pub async fn run(command: &Group) -> Result<(), Failure> {
    let client = connect(command.cluster())?;
    let (admin, deadline) = (Admin::new(&client), client.default_deadline());
    let done = match command {
        Group::List { .. } => list(&admin, deadline).await,
        Group::Describe { group, .. } => describe(&admin, group, deadline).await,
    };
    client.close(Instant::now() + Duration::from_secs(1)).await;
    done
}

async fn list(admin: &Admin, deadline: Instant) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for group in admin.list_groups(deadline).await? {
        writeln!(out, "{} {} {}", group.group_id, group.state, group.protocol_type)?;
    }
    Ok(())
}

async fn describe(admin: &Admin, group: &str, deadline: Instant) -> Result<(), Failure> {
    let described = admin.describe_groups(vec![group.to_owned()], deadline).await;
    let described = described.into_values().next().ok_or("the broker did not answer for the group")??;
    let committed = admin.list_group_offsets(group, None, deadline).await?;
    let ends: BTreeMap<_, _> = committed.keys().map(|tp| (tp.clone(), OffsetSpec::Latest)).collect();
    let ends = admin.list_offsets(ends, Isolation::ReadUncommitted, deadline).await;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{group}: {}, {} members, {}",
        described.state,
        described.members.len(),
        described.protocol
    )?;
    for member in &described.members {
        let partitions = member.partitions().unwrap_or_default();
        let partitions: Vec<_> = partitions.iter().map(ToString::to_string).collect();
        writeln!(out, "  member {} at {}: {}", member.client_id, member.host, partitions.join(", "))?;
    }
    for (tp, offset) in &committed {
        let end = ends.get(tp).and_then(|end| end.as_ref().ok()?.as_ref()).map(|listed| listed.offset);
        let (end, lag) = match end {
            Some(end) => (end.to_string(), (end - offset.offset).to_string()),
            None => ("-".to_owned(), "-".to_owned()),
        };
        writeln!(out, "  {tp}: committed {}, end {end}, lag {lag}", offset.offset)?;
    }
    Ok(())
}
