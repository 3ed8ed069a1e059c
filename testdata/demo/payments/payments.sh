greet payments
echo "paid: 12 $CURRENCY"
