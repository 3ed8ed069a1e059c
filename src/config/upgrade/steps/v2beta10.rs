//! v2beta10 to v2beta11: volumes are written as Kubernetes writes them. Before, their keys were the names of Go
//! fields in lower case, and what Kubernetes has in one mapping was in several.

use crate::config::upgrade::change::Scene;
use crate::yaml::{Data, Node};

/// Mappings whose entries belong to the mapping around them.
const EMBEDDED: &[&str] = &["volumesource", "localobjectreference"];
/// Mappings whose keys are the user's.
const FREE: &[&str] = &["labels", "matchlabels", "annotations", "volumeattributes", "options"];
/// Keys that are not just another case of Kubernetes' own.
const RENAMED: &[(&str, &str)] = &[
    ("cephmonitors", "monitors"),
    ("datadiskuri", "diskURI"),
    ("endpointsname", "endpoints"),
    ("radosuser", "user"),
    ("rbdimage", "image"),
    ("rbdpool", "pool"),
];
/// Keys of Kubernetes' volumes that have capital letters.
const KEYS: &[&str] = &[
    "apiVersion",
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cachingMode",
    "chapAuthDiscovery",
    "chapAuthSession",
    "claimName",
    "configMap",
    "containerName",
    "datasetName",
    "datasetUUID",
    "defaultMode",
    "diskName",
    "downwardAPI",
    "emptyDir",
    "expirationSeconds",
    "fieldPath",
    "fieldRef",
    "flexVolume",
    "fsType",
    "gcePersistentDisk",
    "gitRepo",
    "hostPath",
    "initiatorName",
    "iscsiInterface",
    "mountPath",
    "mountPropagation",
    "nodePublishSecretRef",
    "pdID",
    "pdName",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "protectionDomain",
    "readOnly",
    "resourceFieldRef",
    "scaleIO",
    "secretFile",
    "secretName",
    "secretRef",
    "serviceAccountToken",
    "shareName",
    "sizeLimit",
    "sslEnabled",
    "storageMode",
    "storagePolicyID",
    "storagePolicyName",
    "storagePool",
    "subPath",
    "subPathExpr",
    "targetPortal",
    "targetWWNs",
    "volumeAttributes",
    "volumeID",
    "volumeName",
    "volumeNamespace",
    "volumePath",
    "vsphereVolume",
];

/// `volumeMounts` of an artifact.
pub(super) fn kaniko(kaniko: &mut Node, _: &mut Scene<'_>) {
    if let Some(mounts) = kaniko.get_mut("volumeMounts") {
        spell(mounts);
    }
}

/// `volumes` of the cluster builder.
pub(super) fn cluster(cluster: &mut Node, _: &mut Scene<'_>) {
    if let Some(volumes) = cluster.get_mut("volumes") {
        spell(volumes);
    }
}

fn spell(node: &mut Node) {
    node.items_mut().iter_mut().for_each(spell);
    let Data::Map(entries) = &mut node.data else { return };
    let mut spelled = Vec::with_capacity(entries.len());
    for (mut key, mut value) in std::mem::take(entries) {
        let name = key.text().unwrap_or_default().into_owned();
        if !FREE.contains(&name.as_str()) {
            spell(&mut value);
        }
        match value.data {
            Data::Map(inner) if EMBEDDED.contains(&name.as_str()) => spelled.extend(inner),
            Data::Null if EMBEDDED.contains(&name.as_str()) => {}
            data => {
                let renamed = RENAMED.iter().find(|(old, _)| *old == name).map(|(_, new)| *new);
                let known = || KEYS.iter().find(|known| known.eq_ignore_ascii_case(&name)).copied();
                if let Some(new) = renamed.or_else(known) {
                    key.data = Data::String(new.to_owned());
                }
                spelled.push((key, Node::new(data, value.span)));
            }
        }
    }
    *entries = spelled;
}
