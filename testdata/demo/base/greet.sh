greet() {
	echo "shop/$1 on $(cat /etc/shop-processor)"
}
