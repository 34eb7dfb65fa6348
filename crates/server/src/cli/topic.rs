//! `kconnect topic`: list, create, describe, delete.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use kconnect_client::admin::{
    Admin, ConfigResource, ConfigSource, CreateMode, Isolation, NewTopic, OffsetSpec,
};
use kconnect_client::consumer::TopicPartition;
use kconnect_client::metadata::TopicMetadata;
use kconnect_client::{Client, ClientConfig};

use super::Failure;
use super::args::{Cluster, Topic};
use super::settings;

pub async fn run(command: &Topic) -> Result<(), Failure> {
    let client = connect(command.cluster())?;
    let (admin, deadline) = (Admin::new(&client), client.default_deadline());
    let done = match command {
        Topic::List { internal, .. } => list(&admin, *internal, deadline).await,
        Topic::Create { topic, partitions, replication_factor, config, .. } => {
            let mut new = NewTopic::new(topic);
            (new.partitions, new.replication) = (*partitions, *replication_factor);
            new.configs = pairs(config)?;
            create(&admin, new, deadline).await
        }
        Topic::Describe { topic, .. } => describe(&admin, topic.clone(), deadline).await,
        Topic::Delete { topic, .. } => {
            only(admin.delete_topics(vec![topic.clone()], deadline).await)?;
            Ok(writeln!(std::io::stdout(), "deleted {topic}")?)
        }
    };
    client.close(Instant::now() + Duration::from_secs(1)).await;
    done
}

/// A client for a tool.
pub fn connect(cluster: &Cluster) -> Result<Client, Failure> {
    Ok(Client::new(ClientConfig::from_props(&settings::properties(cluster)?)?))
}

/// The result of the one item that was asked for.
fn only<K, T>(results: BTreeMap<K, Result<T, kconnect_client::Error>>) -> Result<T, Failure> {
    let (_, result) = results.into_iter().next().ok_or("the broker did not answer for the topic")?;
    Ok(result?)
}

fn pairs(config: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |text: &String| {
        let (key, value) =
            text.split_once('=').ok_or_else(|| format!("--config takes KEY=VALUE, not '{text}'"))?;
        Ok((key.to_owned(), value.to_owned()))
    };
    config.iter().map(pair).collect()
}

async fn list(admin: &Admin, internal: bool, deadline: Instant) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for topic in admin.list_topics(deadline).await? {
        if internal || !topic.internal {
            writeln!(out, "{}", topic.name)?;
        }
    }
    Ok(())
}

async fn create(admin: &Admin, new: NewTopic, deadline: Instant) -> Result<(), Failure> {
    let name = new.name.clone();
    let created = only(admin.create_topics(vec![new], CreateMode::New, deadline).await)?;
    writeln!(
        std::io::stdout(),
        "created {name}: {} partitions, replication factor {}",
        created.partitions,
        created.replication
    )?;
    Ok(())
}

async fn describe(admin: &Admin, topic: Option<String>, deadline: Instant) -> Result<(), Failure> {
    let topics = match topic {
        Some(topic) => vec![topic],
        None => {
            admin.list_topics(deadline).await?.into_iter().filter(|t| !t.internal).map(|t| t.name).collect()
        }
    };
    for (name, described) in admin.describe_topics(topics, deadline).await {
        let topic = described?;
        let configs = admin.describe_configs(vec![ConfigResource::Topic(name)], deadline).await;
        let configs = configs.into_values().next().ok_or("no settings in the answer")??;
        let own: Vec<String> = configs
            .iter()
            .filter(|entry| matches!(entry.source, ConfigSource::Topic))
            .map(|entry| format!("{}={}", entry.name, entry.value.as_deref().unwrap_or("")))
            .collect();
        print(admin, &topic, &own.join(","), deadline).await?;
    }
    Ok(())
}

async fn print(
    admin: &Admin,
    topic: &TopicMetadata,
    configs: &str,
    deadline: Instant,
) -> Result<(), Failure> {
    let tps: Vec<_> = topic.partitions.iter().map(|p| TopicPartition::new(&*topic.name, p.index)).collect();
    let ask = |spec: OffsetSpec| tps.iter().map(|tp| (tp.clone(), spec)).collect();
    let begins = admin.list_offsets(ask(OffsetSpec::Earliest), Isolation::ReadUncommitted, deadline).await;
    let ends = admin.list_offsets(ask(OffsetSpec::Latest), Isolation::ReadUncommitted, deadline).await;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}: {} partitions, settings: {configs}", topic.name, topic.partitions.len())?;
    for (partition, tp) in topic.partitions.iter().zip(&tps) {
        let offset = |answers: &BTreeMap<TopicPartition, _>| -> String {
            match answers.get(tp) {
                Some(Ok(Some(kconnect_client::consumer::ListedOffset { offset, .. }))) => offset.to_string(),
                Some(Err::<_, kconnect_client::Error>(error)) => error.to_string(),
                _ => "-".to_owned(),
            }
        };
        writeln!(
            out,
            "  partition {}: leader {}, replicas {:?}, in sync {:?}, offsets {} to {}",
            partition.index,
            partition.leader.map_or_else(|| "none".to_owned(), |leader| leader.to_string()),
            partition.replicas,
            partition.isr,
            offset(&begins),
            offset(&ends)
        )?;
    }
    Ok(())
}
