/**
 * RFC 8926 GENEVE, the AWS Gateway Load Balancer options, inner IP headers and capture files, as bytes. No dependency.
 */
module io.github.gwlb4j.geneve.codec {
    exports io.github.gwlb4j.geneve;
    exports io.github.gwlb4j.geneve.aws;
    exports io.github.gwlb4j.packet;
    exports io.github.gwlb4j.pcap;
}
