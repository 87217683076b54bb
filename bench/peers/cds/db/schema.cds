// The alerts that Yagura serves, as tables: what is a value is a column, evidence is a table of its
// own, and what is nested deeper is JSON in a text. The indexes are in load.js.
namespace peer;

entity Alerts {
  key id                   : String(64);
      actorDisplayName     : String(200);
      additionalData       : LargeString;
      alertPolicyId        : String(64);
      alertWebUrl          : String(500);
      assignedTo           : String(200);
      categories           : LargeString;
      category             : String(100);
      classification       : String(30);
      comments             : LargeString;
      createdDateTime      : Timestamp;
      customDetails        : LargeString;
      description          : LargeString;
      detectionSource      : String(50);
      detectorId           : String(100);
      determination        : String(50);
      firstActivityDateTime : Timestamp;
      incidentId           : String(64);
      incidentWebUrl       : String(500);
      investigationState   : String(50);
      lastActivityDateTime : Timestamp;
      lastUpdateDateTime   : Timestamp @cds.on.update: $now;
      mitreTechniques      : LargeString;
      productName          : String(100);
      providerAlertId      : String(100);
      recommendedActions   : LargeString;
      resolvedDateTime     : Timestamp;
      serviceSource        : String(50);
      severity             : String(20);
      status               : String(20);
      systemTags           : LargeString;
      tenantId             : String(64);
      threatDisplayName    : String(200);
      threatFamilyName     : String(200);
      title                : String(500);
      evidence             : Composition of many Evidence on evidence.alert = $self;
}

entity Evidence {
  key alert                    : Association to Alerts;
  key place                    : Integer;
      type                     : String(100);
      createdDateTime          : Timestamp;
      detailedRoles            : LargeString;
      remediationStatus        : String(50);
      remediationStatusDetails : String(500);
      roles                    : LargeString;
      tags                     : LargeString;
      verdict                  : String(50);
      countryLetterCode        : String(2);
      ipAddress                : String(50);
      location                 : LargeString;
      stream                   : LargeString;
      protocol                 : String(20);
      url                      : LargeString;
      domainName               : String(300);
      // Whatever else an element has: addresses of a connection, ports, and so on.
      more                     : LargeString;
}
