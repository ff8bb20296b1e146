package api

// example is a request of the documentation page. The tests send every one of
// them to a real server and hold the answer to the document. Words in braces
// stand for what the reader has: a firm's code, a plan's id.
type example struct {
	id     string // of the operation
	path   string
	office bool // with a token
	match  bool // with the ETag of a GET of the same address
	body   any  // JSON
	kind   string
}

// examples are at least one for each operation.
var examples = []example{
	{id: "listAuthorities", path: "/api/v1/authorities"},
	{id: "listPlans", path: "/api/v1/plans"},
	{id: "getPlan", path: "/api/v1/plans/{plan}"},
	{id: "listRounds", path: "/api/v1/rounds?limit=20"},
	{id: "getRound", path: "/api/v1/rounds/{round}"},
	{id: "listExclusions", path: "/api/v1/rounds/{round}/exclusions"},
	{id: "getBundle", path: "/api/v1/rounds/{round}/targets/bundle"},
	{id: "getManifest", path: "/api/v1/rounds/{round}/targets/manifest"},
	{id: "listResults", path: "/api/v1/results?year=2022&limit=20"},
	{id: "listResults", path: "/api/v1/results?code=R1&count=exact"},
	{id: "listResultFacets", path: "/api/v1/results/facets"},
	{id: "getResult", path: "/api/v1/results/{result}"},
	{id: "listCorrections", path: "/api/v1/corrections"},
	{id: "listPenalties", path: "/api/v1/penalties?limit=20"},
	{id: "getPenalty", path: "/api/v1/penalties/{penalty}"},
	{id: "searchFirms", path: "/api/v1/firms?q={name}"},
	{id: "getFirm", path: "/api/v1/firms/{firm}"},
	{id: "listItems", path: "/api/v1/items"},
	{id: "getItem", path: "/api/v1/items/{item}"},
	{id: "listInspectors", path: "/api/v1/inspectors"},
	{id: "getStatistics", path: "/api/v1/statistics?year=2022"},
	{id: "getFairness", path: "/api/v1/fairness"},
	{id: "listDatasets", path: "/api/v1/datasets"},
	{id: "getDataset", path: "/api/v1/datasets/results"},
	{id: "getDatasetFile", path: "/api/v1/datasets/results/csv"},
	{id: "getLedger", path: "/api/v1/ledger"},
	{id: "listLedgerEntries", path: "/api/v1/ledger/entries?subject={round}"},
	{id: "getReceipt", path: "/api/v1/ledger/receipts/0"},
	{id: "listTargets", path: "/api/v1/office/targets?tag=投诉举报多&limit=100", office: true},
	{id: "getTarget", path: "/api/v1/office/targets/{firm}", office: true},
	{id: "listOfficers", path: "/api/v1/office/officers", office: true},
	{id: "getOfficer", path: "/api/v1/office/officers/{officer}", office: true},
	{id: "listRegisterItems", path: "/api/v1/office/items", office: true},
	{id: "getRegisterItem", path: "/api/v1/office/items/{item}", office: true},
	{id: "listOfficePlans", path: "/api/v1/office/plans", office: true},
	{id: "getOfficePlan", path: "/api/v1/office/plans/{plan}", office: true},
	{id: "listOfficeRounds", path: "/api/v1/office/rounds", office: true},
	{id: "getOfficeRound", path: "/api/v1/office/rounds/{round}", office: true},
	{id: "listForms", path: "/api/v1/office/forms?round={round}&state=issued", office: true},
	{id: "getForm", path: "/api/v1/office/forms/{form}", office: true},
	{id: "listDue", path: "/api/v1/office/due", office: true},
	{id: "previewPublication", path: "/api/v1/office/publications/preview?forms={ready}", office: true},
	{id: "amendTarget", path: "/api/v1/office/targets/{firm}", office: true, match: true,
		body: Amendment{Values: map[string]string{"address": "元氏县槐阳镇常山路 18 号"}, Source: "企业来函"}},
	{id: "amendOfficer", path: "/api/v1/office/officers/{officer}", office: true, match: true, body: Amendment{Values: map[string]string{"post": "四级主任科员"}, Source: "任职文件"}},
	{id: "amendRegisterItem", path: "/api/v1/office/items/{item}", office: true, match: true, body: Amendment{Values: map[string]string{"note": "每年至少一次"}, Source: "省厅通知"}},
	{id: "writeRows", path: "/api/v1/office/rows", office: true,
		body: Rows{List: "officers", Rows: []map[string]string{{"姓名": "孙立", "执法证号": "03132200999", "有效期至": "2027-12-31"}}}},
	{id: "checkImport", path: "/api/v1/office/imports?list=targets&name=x.csv", office: true, kind: "application/octet-stream"},
	{id: "getImport", path: "/api/v1/office/imports/{import}", office: true},
	{id: "writeImport", path: "/api/v1/office/imports/{import}/write", office: true},
	{id: "enterResult", path: "/api/v1/office/forms/{form}/result", office: true, match: true,
		body: Entered{Methods: []string{"M1"}, Started: "2022-06-14", Ended: "2022-06-14", Person: "王某", Answers: []Answer{{"事项编号", 1, "yes", ""}}, Codes: []string{"R1"}}},
	{id: "recordVisits", path: "/api/v1/office/visits", office: true,
		body: VisitRecords{[]VisitRecord{{ID: "01J0EXAMPLE0000001", Form: "检查表编号", Kind: "arrival", At: "2022-06-14T09:30:00+08:00", Body: `{"lat":"37.7550","lon":"114.5250","accuracy":20}`}}}},
	{id: "publishResults", path: "/api/v1/office/publications", office: true, body: Publication{Forms: []string{"检查表编号"}}},
}
