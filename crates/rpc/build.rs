//! Compiles the contract that no service owns from the workspace's `proto` folder.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const CONTRACT: [&str; 2] = ["pawnshop/v1/outcomes.proto", "pawnshop/v1/figures.proto"];
    let root = "../../proto";
    for file in CONTRACT {
        println!("cargo::rerun-if-changed={root}/{file}");
    }
    let descriptors = protox::compile(CONTRACT, [root])?;
    let kept = std::path::Path::new(&std::env::var("OUT_DIR")?).join("descriptors.bin");
    std::fs::write(kept, prost::Message::encode_to_vec(&descriptors))?;
    tonic_prost_build::configure().btree_map(".").build_transport(false).compile_fds(descriptors)?;
    Ok(())
}
