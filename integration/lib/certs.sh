# shellcheck shell=bash
# A certificate authority of this state folder, a server certificate for loopback names and a client's.

certificates() {
	[[ -s $CERTS/client.pem ]] && return 0
	need openssl=openssl
	mkdir -p "$CERTS"
	{
		issue ca 'skeg test CA' 'basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign,cRLSign'
		issue server localhost 'subjectAltName=DNS:localhost,IP:127.0.0.1' 'extendedKeyUsage=serverAuth'
		issue client skeg 'extendedKeyUsage=clientAuth'
	} >"$LOG/certs.log" 2>&1 || die_log certs "openssl could not make the test certificates"
}

# issue FILE COMMON-NAME EXTENSION…: a key and a certificate, signed by the CA (the CA by itself).
issue() {
	local file=$1 name=$2 extension args=()
	shift 2
	for extension; do args+=(-addext "$extension"); done
	if [[ $file != ca ]]; then
		args+=(-addext "basicConstraints=critical,CA:FALSE" -CA "$CERTS/ca.pem" -CAkey "$CERTS/ca.key")
	fi
	# OPENSSL_CONF: the system's would add a second basicConstraints.
	OPENSSL_CONF=<(printf '[req]\ndistinguished_name=dn\n[dn]\n') openssl req -x509 -new -nodes -days 3650 \
		-newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj "/CN=$name" \
		-keyout "$CERTS/$file.key" -out "$CERTS/$file.pem" "${args[@]}"
}
