greet orders
for order in tea bread soap; do
	echo "ordered: $order"
done
