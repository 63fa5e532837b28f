//! Compiles the presence service's events and queries from the workspace's `proto` folder.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = "../../proto";
    let files = ["pawnshop/v1/presence.proto", "pawnshop/v1/presence_queries.proto"];
    for file in files {
        println!("cargo::rerun-if-changed={root}/{file}");
    }
    let descriptors = protox::compile(files, [root])?;
    let kept = std::path::Path::new(&std::env::var("OUT_DIR")?).join("descriptors.bin");
    std::fs::write(kept, prost::Message::encode_to_vec(&descriptors))?;
    let mut config = prost_build::Config::new();
    // Payloads travel as `google.protobuf.Any`, which names their type by its URL.
    config.enable_type_names().type_name_domain(["."], "type.googleapis.com");
    tonic_prost_build::configure()
        .btree_map(".")
        .build_transport(false)
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}
