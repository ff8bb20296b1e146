package page

// FaultOfTests gives tests the struct of the error page.
func FaultOfTests() Page { return &faultPage{} }

// ProveOfTests gives tests the struct of the page that asks for a proof.
func ProveOfTests() Page { return &provePage{} }
