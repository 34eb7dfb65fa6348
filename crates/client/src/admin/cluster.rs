//! The cluster itself: its id, its brokers, its controller.

use std::time::Instant;

use kconnect_wire::messages::DescribeClusterRequest;

use super::Admin;
use crate::metadata::Node;
use crate::net::{NodeRef, Purpose};
use crate::{Error, ErrorKind};

/// What a broker says of its cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterDescription {
    /// The id; `None` on brokers that do not tell.
    pub cluster_id: Option<String>,
    /// The broker to ask for changes, if there is one at the moment.
    pub controller: Option<i32>,
    /// The brokers in service.
    pub nodes: Vec<Node>,
}

impl Admin {
    /// Asks some broker about the cluster. Waits for a broker until the deadline.
    ///
    /// # Errors
    /// `Timeout`, `Authorization`.
    pub async fn describe_cluster(&self, deadline: Instant) -> Result<ClusterDescription, Error> {
        let mut backoff = self.client.retry_backoff();
        loop {
            let outcome = match self.describe_cluster_once(deadline).await {
                // Brokers before 2.8 tell it in their metadata.
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    self.cluster_from_metadata(deadline).await
                }
                outcome => outcome,
            };
            match outcome {
                Err(error) if error.is_retriable() && backoff.wait(deadline).await => {}
                outcome => return outcome,
            }
        }
    }

    async fn describe_cluster_once(&self, deadline: Instant) -> Result<ClusterDescription, Error> {
        let request = DescribeClusterRequest::default();
        let answer = self.client.request(&NodeRef::Any, Purpose::Control, request, deadline).await?;
        answer.error_code.check().map_err(|code| Error::from_code(code, "describing the cluster"))?;
        let node =
            |b: kconnect_wire::messages::DescribeClusterBroker| node(b.broker_id, b.host, b.port, b.rack);
        Ok(ClusterDescription {
            cluster_id: Some(answer.cluster_id),
            controller: Some(answer.controller_id).filter(|id| *id >= 0),
            nodes: answer.brokers.into_iter().filter(|b| !b.is_fenced).filter_map(node).collect(),
        })
    }

    async fn cluster_from_metadata(&self, deadline: Instant) -> Result<ClusterDescription, Error> {
        let answer = self.metadata(Some(Default::default()), deadline).await?;
        Ok(ClusterDescription {
            cluster_id: answer.cluster_id,
            controller: Some(answer.controller_id).filter(|id| *id >= 0),
            nodes: answer
                .brokers
                .into_iter()
                .filter_map(|b| node(b.node_id, b.host, b.port, b.rack))
                .collect(),
        })
    }
}

fn node(id: i32, host: String, port: i32, rack: Option<String>) -> Option<Node> {
    Some(Node { id, host: host.into(), port: u16::try_from(port).ok()?, rack: rack.map(Into::into) })
}
