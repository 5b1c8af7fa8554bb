/** The environment variable that names the folder with a prepared state, which servers of tests begin with. */
export const preparedStateVariable = "PREPARED_STATE";
